//! Generates the two gRPC services that the SDK does not bring, without protoc.
//!
//! `pluginv2.Data` is there in the SDK, but with a `DataResponse` that lacks `error_source`, so the
//! service is declared again over our own messages. `plugin.GRPCController` is go-plugin's own, and is
//! how a host asks a plugin to stop. Messages: `src/plugin/wire.rs`.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let codec = "tonic::codec::ProstCodec";
    // QueryChunkedData (a server stream, since Grafana 12.4) becomes a second method of this service.
    let query_data = Method::builder()
        .name("query_data")
        .route_name("QueryData")
        .input_type("grafana_plugin_sdk::pluginv2::QueryDataRequest")
        .output_type("crate::plugin::wire::QueryDataResponse")
        .codec_path(codec)
        .build();
    let data = Service::builder()
        .name("Data")
        .package("pluginv2")
        .method(query_data)
        .build();
    let shutdown = Method::builder()
        .name("shutdown")
        .route_name("Shutdown")
        .input_type("crate::plugin::wire::Empty")
        .output_type("crate::plugin::wire::Empty")
        .codec_path(codec)
        .build();
    let controller = Service::builder()
        .name("GRPCController")
        .package("plugin")
        .method(shutdown)
        .build();
    Builder::new()
        .build_client(false)
        .compile(&[data, controller]);
}
