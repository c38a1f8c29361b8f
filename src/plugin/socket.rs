//! Where the host reaches the plugin: a Unix socket in a folder that nobody else may enter.
//!
//! A port on 127.0.0.1 is open to every user of the machine, and the protocol has no password. The host names
//! a folder of its own for this (`PLUGIN_UNIX_SOCKET_DIR`, go-plugin 1.6 and later) and removes it; without one
//! the plugin makes one. Only where no such socket can be (no folder to write to, a path above a socket's 108
//! bytes) it is a port after all, and the log says so.

use std::fs::DirBuilder;
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::net::{TcpListener, UnixListener, UnixStream};
use tonic::codegen::tokio_stream::Stream;

/// How the host says where it expects the socket.
const FOLDER: &str = "PLUGIN_UNIX_SOCKET_DIR";

/// What the plugin listens on.
pub enum Socket {
    /// In a folder for this user alone.
    Private(Private),
    /// A free port on 127.0.0.1.
    Port(TcpListener),
}

/// A Unix socket that goes with its folder when it is dropped.
pub struct Private {
    listener: UnixListener,
    path: PathBuf,
    /// The folder, where it is the plugin's own.
    own: Option<PathBuf>,
}

impl Socket {
    /// Opens the socket.
    ///
    /// # Errors
    /// Not even a port can be listened on.
    pub async fn open() -> io::Result<Self> {
        let given = std::env::var_os(FOLDER).filter(|folder| !folder.is_empty());
        match Private::open(given.as_deref().map(Path::new)) {
            Ok(private) => Ok(Self::Private(private)),
            Err(error) => {
                tracing::warn!(%error, "no private socket: the plugin listens on a port of 127.0.0.1");
                Ok(Self::Port(TcpListener::bind("127.0.0.1:0").await?))
            }
        }
    }

    /// Tells the host where the plugin listens: go-plugin's handshake, the one line on standard output.
    pub fn announce(&self) -> io::Result<()> {
        let (network, address) = match self {
            Self::Private(private) => ("unix", private.path.display().to_string()),
            Self::Port(listener) => ("tcp", listener.local_addr()?.to_string()),
        };
        let mut out = io::stdout().lock();
        writeln!(out, "1|2|{network}|{address}|grpc")?;
        out.flush()
    }
}

impl Private {
    fn open(given: Option<&Path>) -> io::Result<Self> {
        let process = std::process::id();
        let (folder, own) = match given {
            Some(folder) => (folder.to_owned(), None),
            None => {
                let folder = own_folder(process)?;
                (folder.clone(), Some(folder))
            }
        };
        let path = folder.join(format!("ginkgo-{process}.sock"));
        let is_speakable = path
            .to_str()
            .is_some_and(|path| !path.contains(['|', '\n']));
        let listener = if is_speakable {
            UnixListener::bind(&path)
        } else {
            Err(io::Error::other(
                "the folder's name has no place in a handshake",
            ))
        };
        match listener {
            Ok(listener) => Ok(Self {
                listener,
                path,
                own,
            }),
            Err(error) => {
                remove(own.as_deref());
                Err(error)
            }
        }
    }
}

/// Makes a folder that was not there and that only this user may enter.
fn own_folder(process: u32) -> io::Result<PathBuf> {
    const TRIES: u32 = 100;
    for number in 0..TRIES {
        // Somebody may have taken the name: theirs is not entered.
        let folder = std::env::temp_dir().join(format!("ginkgo-{process}-{number}"));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

fn remove(folder: Option<&Path>) {
    if let Some(folder) = folder {
        // What is left of it harms nobody.
        let _ = std::fs::remove_dir(folder);
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        remove(self.own.as_deref());
    }
}

impl Stream for Private {
    type Item = io::Result<UnixStream>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let accepted = self.listener.poll_accept(context);
        accepted.map(|accepted| Some(accepted.map(|(stream, _)| stream)))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn the_folder_is_private_and_goes_with_the_socket() {
        let socket = Private::open(None).unwrap();
        let folder = socket.own.clone().unwrap();
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(UnixStream::connect(&socket.path).await.is_ok());
        let other = Private::open(None).unwrap();
        assert_ne!(other.own, socket.own, "another folder");
        drop((socket, other));
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn the_hosts_folder_is_used_and_left() {
        let folder = own_folder(std::process::id()).unwrap();
        let socket = Private::open(Some(&folder)).unwrap();
        assert_eq!(socket.path.parent(), Some(folder.as_path()));
        drop(socket);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        let long = folder.join("x".repeat(120));
        std::fs::create_dir(&long).unwrap();
        assert!(
            Private::open(Some(&long)).is_err(),
            "a path of a socket has 108 bytes"
        );
        assert!(Private::open(Some(&folder.join("none"))).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
