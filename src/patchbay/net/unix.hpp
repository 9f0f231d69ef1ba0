// Unix stream sockets: connections within this host, by a path or an abstract name, that tell who
// is at the other end.
#pragma once

#include <sys/types.h>
#include <sys/un.h>

#include <optional>
#include <string>
#include <string_view>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

// A path of 1 to 107 bytes, or an abstract name, which is no file and goes with its last socket.
class UnixAddress {
 public:
  // "/run/patchbay.sock", "chat.sock", or "@name" for an abstract one.
  static Result<UnixAddress> parse(std::string_view text);

  bool is_abstract() const { return native_.sun_path[0] == '\0'; }
  std::string path() const;  // of one that is a file
  std::string to_string() const;

  const sockaddr* native() const { return reinterpret_cast<const sockaddr*>(&native_); }
  sockaddr* native() { return reinterpret_cast<sockaddr*>(&native_); }
  socklen_t native_size() const { return size_; }

 private:
  UnixAddress() = default;

  sockaddr_un native_{};
  socklen_t size_ = 0;
};

// Of the process at the other end, as it was when it connected or listened.
struct PeerCredentials {
  pid_t process = 0;
  uid_t user = 0;
  gid_t group = 0;
};

class UnixStream : public Stream {
 public:
  using Stream::Stream;
  explicit UnixStream(Stream socket) : Stream(std::move(socket)) {}

  // Faults: refused (nobody listens), storage (no such file), permission, timed_out, cancelled.
  // While the listener's queue is full it tries again every few milliseconds: the kernel lets
  // nobody wait for a place in it.
  static Task<Result<UnixStream>> connect(UnixAddress to, Deadline deadline = {});

  // Checked by the kernel (SO_PEERCRED), and not for the peer to choose.
  Result<PeerCredentials> credentials() const;
};

// Result<UnixStream>, as TcpListener::accept().
class UnixAcceptOp : public Op {
 public:
  using Op::Op;
  Result<UnixStream> await_resume() const;
};

struct UnixListenOptions {
  int backlog = 4096;  // connections waiting for accept(); capped at net.core.somaxconn
  // Who may connect: write permission on the file. Set before anybody can. Empty: as umask(2) says.
  std::optional<mode_t> mode = {};
};

// Move-only. The destructor closes and removes the file, if it is still the one this listener made.
class UnixListener {
 public:
  // A socket file that was left behind is replaced, one that somebody listens on is not, nor any
  // other file. Faults: system (EADDRINUSE), storage, permission.
  static Result<UnixListener> bind(const UnixAddress& address, UnixListenOptions options = {});

  UnixListener(UnixListener&& other) noexcept = default;
  UnixListener& operator=(UnixListener&& other) noexcept;
  ~UnixListener() { close(); }

  UnixAcceptOp accept(Deadline deadline = {}) {
    return {OpKind::accept, &socket_.port(), socket_.handle(), deadline};
  }
  const UnixAddress& local() const { return local_; }
  Port& port() const { return socket_.port(); }
  int handle() const { return socket_.handle(); }
  void close();

 private:
  UnixListener(Stream socket, const UnixAddress& local)
      : socket_(std::move(socket)), local_(local) {}

  Stream socket_;
  UnixAddress local_;
  dev_t device_ = 0;  // with the inode: which file it is that goes with the listener
  ino_t inode_ = 0;
};

}  // namespace patchbay
