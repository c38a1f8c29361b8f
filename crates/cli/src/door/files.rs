//! The files of the page and of the plugin's front end, where a checkout has built them.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use super::{PLUGIN_ID, reply};

/// How the page is built.
const HOW: &str = "the page is built by scripts/frontend.sh workbench";

/// A checkout's folder `frontend`, which holds the page, once it is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    frontend: PathBuf,
}

impl Page {
    /// Takes a folder `frontend` that somebody named.
    pub fn of(frontend: PathBuf) -> Option<Self> {
        let page = Self { frontend };
        page.source().is_file().then_some(page)
    }

    /// Finds the checkout that the current folder or this program is in.
    pub fn find() -> Option<Self> {
        let places = [std::env::current_dir(), std::env::current_exe()];
        let places = places.into_iter().flatten();
        let mut above = places.flat_map(|place| {
            let folders = place.ancestors().map(|folder| folder.join("frontend"));
            folders.collect::<Vec<_>>()
        });
        above.find_map(Self::of)
    }

    /// Says whether the page has been built.
    pub fn is_built(&self) -> bool {
        let front_end = self.frontend.join("dist/module.js");
        self.workbench().join("index.html").is_file() && front_end.is_file()
    }

    /// What tells this folder from others of its name.
    fn source(&self) -> PathBuf {
        self.frontend.join("workbench/index.html")
    }

    fn workbench(&self) -> PathBuf {
        self.frontend.join("workbench/dist")
    }
}

/// Serves the files, as they are at each request: the page may be built, or built anew, meanwhile.
pub fn router(page: Option<&Page>) -> Router {
    let Some(page) = page else {
        return Router::new().fallback(|| async { missing() });
    };
    let folder = |path: &Path| ServeDir::new(path);
    let plugin = format!("/public/plugins/{PLUGIN_ID}");
    let image = page.frontend.join("../img");
    let workbench = page.workbench();
    let index = workbench.join("index.html");
    // No file: the page is not built, or the path is wrong.
    let none = move || {
        let is_built = index.is_file();
        async move {
            if is_built {
                reply::not_found().await.into_response()
            } else {
                missing()
            }
        }
    };
    let none = Router::new().fallback(none);
    Router::new()
        .nest_service(&format!("{plugin}/img"), folder(&image))
        .nest_service(&plugin, folder(&page.frontend.join("dist")))
        .fallback_service(folder(&workbench).fallback(none))
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, format!("There is no page: {HOW}.\n")).into_response()
}
