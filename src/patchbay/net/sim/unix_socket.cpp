#include "patchbay/net/sim/unix_socket.hpp"

#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "patchbay/net/sim/stack.hpp"

namespace patchbay::sim {

namespace {

constexpr std::size_t k_most_backlog = 4096;  // net.core.somaxconn

bool is_abstract(const std::string& name) { return name.starts_with('\0'); }

// An abstract name with its zero byte in front, a path without the one at its end.
std::string name_of(const sockaddr* address, socklen_t size) {
  constexpr std::size_t begin = offsetof(sockaddr_un, sun_path);
  if (address->sa_family != AF_UNIX || size <= begin) return {};
  const auto* const native = reinterpret_cast<const sockaddr_un*>(address);
  std::string name(native->sun_path, size - begin);
  return is_abstract(name) ? name : name.substr(0, name.find('\0'));
}

}  // namespace

int UnixSocket::bind(const sockaddr* address, socklen_t size) {
  std::string name = name_of(address, size);
  if (name.empty() || !name_.empty()) return EINVAL;
  if (!stack_.unix_names().emplace(name, this).second) return EADDRINUSE;
  name_ = std::move(name);
  return 0;
}

int UnixSocket::listen(int backlog) {
  if (name_.empty() || connected_) return EINVAL;
  listening_ = true;
  backlog_ = std::min(static_cast<std::size_t>(std::max(backlog, 0)), k_most_backlog);
  return 0;
}

int UnixSocket::connect(const sockaddr* address, socklen_t size) {
  if (connected_) return EISCONN;
  const std::string name = name_of(address, size);
  const auto found = stack_.unix_names().find(name);
  if (found == stack_.unix_names().end()) return is_abstract(name) ? ECONNREFUSED : ENOENT;
  UnixSocket& listener = *found->second;
  if (!listener.listening_) return ECONNREFUSED;
  if (listener.clients_.size() > listener.backlog_) return EAGAIN;
  auto made = std::make_unique<UnixSocket>(stack_, spec_);
  UnixSocket& other = *made;
  stack_.own(std::move(made));
  other.connected_ = connected_ = true;
  other.peer_ = this;
  peer_ = &other;
  listener.clients_.push_back(&other);
  listener.wake_readers();
  return 0;
}

Socket& UnixSocket::take_client() {
  UnixSocket& client = *clients_.front();
  clients_.pop_front();
  return client;
}

long UnixSocket::read(std::span<std::byte> into) {
  if (!queue_.empty()) {
    const std::size_t count = queue_.take(into);
    if (peer_ != nullptr) peer_->wake_writers();
    return static_cast<long>(count);
  }
  if (error_ != 0) return -std::exchange(error_, 0);
  if (ended_) return 0;
  return connected_ ? -EAGAIN : -ENOTCONN;
}

long UnixSocket::write(std::span<const std::byte> from) {
  if (!connected_) return -ENOTCONN;
  if (shut_ || peer_ == nullptr) return -EPIPE;
  const std::size_t room = options_.send_room();
  const std::size_t held = peer_->queue_.size();
  if (held >= room) return from.empty() ? 0 : -EAGAIN;
  const std::size_t count = std::min(from.size(), room - held);
  peer_->queue_.append(from.first(count));
  peer_->wake_readers();
  return static_cast<long>(count);
}

int UnixSocket::shutdown_write() {
  if (!connected_) return ENOTCONN;
  shut_ = true;
  if (peer_ == nullptr) return 0;
  peer_->ended_ = true;
  peer_->wake_readers();
  return 0;
}

void UnixSocket::lose_peer(bool unread) {
  peer_ = nullptr;
  ended_ = true;
  if (unread) error_ = ECONNRESET;  // the peer never read what this end had written
  wake_readers();
  wake_writers();
}

void UnixSocket::close() {
  if (!name_.empty()) stack_.unix_names().erase(std::exchange(name_, {}));
  for (UnixSocket* const client : std::exchange(clients_, {})) client->close();
  if (peer_ != nullptr) std::exchange(peer_, nullptr)->lose_peer(!queue_.empty());
  queue_.clear();
  stack_.retire(*this);
}

}  // namespace patchbay::sim
