#include "patchbay/net/unix.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "patchbay/net/event.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/options.hpp"

namespace patchbay {

namespace {

constexpr Duration k_first_retry = 1ms;
constexpr Duration k_last_retry = 64ms;

class ConnectOp : public Op {
 public:
  ConnectOp(Port& by, int on, UnixAddress& to, Deadline deadline)
      : Op(OpKind::connect, &by, on, deadline,
           {reinterpret_cast<std::byte*>(to.native()), to.native_size()}) {}
  Result<> await_resume() const {
    if (!succeeded()) return failure();
    return ok();
  }
};

Result<Stream> open_stream(Engine& engine) {
  const auto handle = engine.open({AF_UNIX, SOCK_STREAM, 0});
  if (!handle) return handle.error();
  return Stream(engine, *handle);
}

// The kernel answers at once whether somebody listens: there is no network in between. A full queue
// (EAGAIN) or a missing right means that somebody does, or may.
bool is_abandoned(Engine& engine, UnixAddress address) {
  struct stat status{};
  if (::lstat(address.path().c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  auto socket = open_stream(engine);
  if (!socket) return false;
  Op trying(OpKind::connect, &engine, socket->handle(), {},
            {reinterpret_cast<std::byte*>(address.native()), address.native_size()});
  return engine.attempt(trying) && trying.error == ECONNREFUSED;
}

Result<> bind_socket(Engine& engine, int handle, const UnixAddress& address) {
  const auto bound = engine.bind(handle, address.native(), address.native_size());
  if (bound || bound.error().code() != EADDRINUSE) return bound;
  if (address.is_abstract()) {
    return bound.error()
        .because("another process listens on that name")
        .advising("choose another name, or see who has it: `ss -lxp`");
  }
  if (!is_abandoned(engine, address)) {
    return bound.error()
        .because("another process listens there, or it is a file of another kind")
        .advising("choose another path, or see who has it: `ss -lxp`");
  }
  if (::unlink(address.path().c_str()) != 0 && errno != ENOENT) {
    return Error::from_errno(errno, "replace the abandoned socket").about(address.to_string());
  }
  return engine.bind(handle, address.native(), address.native_size());
}

}  // namespace

Result<UnixAddress> UnixAddress::parse(std::string_view text) {
  const char* const operation = "use the socket name";
  UnixAddress address;
  address.native_.sun_family = AF_UNIX;
  constexpr std::size_t room = sizeof address.native_.sun_path;
  if (text.empty() || text == "@") {
    return Error(Fault::protocol, operation, "it is empty", "write a path, or @ and a name");
  }
  if (text.size() >= room) {
    return Error(Fault::limit, operation, "it is longer than 107 bytes", "choose a shorter one")
        .about(text);
  }
  if (text.find('\0') != std::string_view::npos) {
    return Error(Fault::protocol, operation, "it contains a zero byte", "leave that out")
        .about(text);
  }
  std::ranges::copy(text, address.native_.sun_path);
  // An abstract name begins with a zero byte and ends with the size; a path ends with a zero byte.
  const bool is_abstract = text.starts_with('@');
  if (is_abstract) address.native_.sun_path[0] = '\0';
  const std::size_t size = offsetof(sockaddr_un, sun_path) + text.size() + (is_abstract ? 0 : 1);
  address.size_ = static_cast<socklen_t>(size);
  return address;
}

std::string UnixAddress::path() const { return is_abstract() ? "" : native_.sun_path; }

std::string UnixAddress::to_string() const { return describe_native(native(), native_size()); }

Task<Result<UnixStream>> UnixStream::connect(UnixAddress to, Deadline deadline) {
  auto socket = open_stream(Loop::current().engine());
  if (!socket) co_return socket.error().about(to.to_string());
  for (Duration pause = k_first_retry;; pause = std::min(pause * 2, k_last_retry)) {
    const auto connected = co_await ConnectOp(socket->port(), socket->handle(), to, deadline);
    if (connected) co_return UnixStream(std::move(*socket));
    if (connected.error().code() != EAGAIN) co_return connected.error().about(to.to_string());
    const auto slept = co_await sleep_until(Deadline::after(pause).or_earlier(deadline));
    if (!slept) co_return slept.error();
  }
}

Result<PeerCredentials> UnixStream::credentials() const {
  ucred peer{};
  unsigned size = sizeof peer;
  if (const auto got = port().get_option(handle(), SOL_SOCKET, SO_PEERCRED, &peer, size); !got) {
    return got.error();
  }
  return PeerCredentials{.process = peer.pid, .user = peer.uid, .group = peer.gid};
}

Result<UnixStream> UnixAcceptOp::await_resume() const {
  if (!succeeded()) return failure();
  return UnixStream(*port, static_cast<int>(done));
}

Result<UnixListener> UnixListener::bind(const UnixAddress& address, UnixListenOptions options) {
  Engine& engine = Loop::current().engine();
  auto socket = open_stream(engine);
  if (!socket) return socket.error().about(address.to_string());
  UnixListener listener(std::move(*socket), address);
  if (const auto bound = bind_socket(engine, listener.handle(), address); !bound) {
    return bound.error().about(address.to_string());
  }
  struct stat status{};
  if (!address.is_abstract() && ::lstat(address.path().c_str(), &status) == 0) {
    listener.device_ = status.st_dev;
    listener.inode_ = status.st_ino;
    // Nobody can connect before listen(), so nobody slips in under the older mode.
    if (options.mode && ::chmod(address.path().c_str(), *options.mode) != 0) {
      return Error::from_errno(errno, "set the mode of").about(address.to_string());
    }
  }
  const auto listening = engine.listen(listener.handle(), options.backlog);
  if (!listening) return listening.error().about(address.to_string());
  return listener;
}

UnixListener& UnixListener::operator=(UnixListener&& other) noexcept {
  if (this == &other) return *this;
  close();
  socket_ = std::move(other.socket_);
  local_ = other.local_;
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

// The file goes first, so that whoever finds it finds somebody listening.
void UnixListener::close() {
  if (!socket_.is_open()) return;
  struct stat status{};
  const std::string path = local_.path();
  if (inode_ != 0 && ::lstat(path.c_str(), &status) == 0 && status.st_dev == device_ &&
      status.st_ino == inode_) {
    ::unlink(path.c_str());
  }
  socket_.close();
}

}  // namespace patchbay
