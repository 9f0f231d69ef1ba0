#include "patchbay/net/epoll_engine.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// A full descriptor table is looked at again when one of ours is closed, and this often, since it
// may be the system's table that is full.
constexpr Duration k_starved_retry = 100ms;

// A wait that ends so soon has its limit in the wait call; a later one in the timer descriptor. A
// deadline is nearly always moved before it comes, and the kernel's timer can stay where it was
// until then, so that a wait costs no setting and clearing of one.
constexpr Duration k_soon = 2ms;

// A wait takes every socket that is ready, or as good as: those served last are in the loop's queue
// again, and would have their next turn before the ones that a short list leaves behind. With 256
// of 1,000 busy connections at a time, the slowest answers took half as long again.
constexpr std::size_t k_first_events = 256;
constexpr std::size_t k_most_events = 16 * 1024;

constexpr std::uint64_t k_wake_tag = ~std::uint64_t{0};
constexpr std::uint64_t k_timer_tag = k_wake_tag - 1;

Instant monotonic_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return Instant(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

// sendfile(2), and write(2) to a pipe, have no MSG_NOSIGNAL: a lost peer would end a program that
// does nothing about this signal. One that handles it keeps its handler.
void ignore_broken_pipes() {
  struct sigaction now{};
  if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
    ::signal(SIGPIPE, SIG_IGN);
  }
}

}  // namespace

Result<std::unique_ptr<EpollEngine>> EpollEngine::make() {
  ignore_broken_pipes();
  const int poll_descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (poll_descriptor < 0) return Error::from_errno(errno, "open an epoll instance");
  const int wake_descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_descriptor < 0) {
    const int code = errno;
    ::close(poll_descriptor);
    return Error::from_errno(code, "open an eventfd");
  }
  const int timer_descriptor = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (timer_descriptor < 0) {
    const int code = errno;
    ::close(poll_descriptor);
    ::close(wake_descriptor);
    return Error::from_errno(code, "open a timer");
  }
  epoll_event woken{.events = EPOLLIN | EPOLLET, .data = {.u64 = k_wake_tag}};
  epoll_event due{.events = EPOLLIN | EPOLLET, .data = {.u64 = k_timer_tag}};
  ::epoll_ctl(poll_descriptor, EPOLL_CTL_ADD, wake_descriptor, &woken);
  ::epoll_ctl(poll_descriptor, EPOLL_CTL_ADD, timer_descriptor, &due);
  return std::unique_ptr<EpollEngine>(
      new EpollEngine(poll_descriptor, wake_descriptor, timer_descriptor));
}

EpollEngine::EpollEngine(int poll_descriptor, int wake_descriptor, int timer_descriptor)
    : poll_descriptor_(poll_descriptor),
      wake_descriptor_(wake_descriptor),
      timer_descriptor_(timer_descriptor),
      events_(k_first_events) {}

EpollEngine::~EpollEngine() {
  ::close(timer_descriptor_);
  ::close(wake_descriptor_);
  ::close(poll_descriptor_);
}

Capabilities EpollEngine::capabilities() const {
  return {.foreign_descriptors = true,
          .error_queue = true,
          .segmentation_offload = true,
          .unix_sockets = true,
          .peer_credentials = true,
          .packet_sockets = true,
          .packet_rings = true,
          .raw_sockets = true,
          .threads = true};
}

void EpollEngine::attach(ReadyQueue& ready, Counters& counters) {
  ready_ = &ready;
  counters_ = &counters;
}

Instant EpollEngine::now() { return now_ = monotonic_now(); }

std::chrono::system_clock::time_point EpollEngine::wall_clock() {
  return std::chrono::system_clock::now();
}

std::uint64_t EpollEngine::random_bits() {
  if (random_.empty()) {
    random_.resize(32);
    // Requests of up to 256 bytes are never short and never interrupted (getrandom(2)).
    if (::getrandom(random_.data(), random_.size() * sizeof(std::uint64_t), 0) < 0) std::abort();
  }
  const std::uint64_t bits = random_.back();
  random_.pop_back();
  return bits;
}

// --- sockets -----------------------------------------------------------------------------------

Result<int> EpollEngine::add(int opened, bool is_tcp) {
  if (opened >= k_descriptors) return Error::from_errno(EMFILE, "open a socket");
  const auto index = static_cast<std::size_t>(opened);
  if (index >= sockets_.size()) sockets_.resize(index + 1);
  Socket& added = sockets_[index];
  added = {.generation = (added.generation + 1) % k_generations,
           .open = true,
           .writable = true,
           .is_tcp = is_tcp,
           .is_socket = true};
  return static_cast<int>(static_cast<unsigned>(opened) | added.generation << k_descriptor_bits);
}

Result<int> EpollEngine::open(SocketSpec spec) {
  ++counters_->syscalls;
  const int opened = ::socket(spec.family, spec.type | SOCK_NONBLOCK | SOCK_CLOEXEC, spec.protocol);
  if (opened < 0) return Error::from_errno(errno, "open a socket");
  const bool is_ip = spec.family == AF_INET || spec.family == AF_INET6;
  const auto handle = add(opened, is_ip && spec.type == SOCK_STREAM);
  if (!handle) ::close(opened);
  return handle;
}

Result<> EpollEngine::bind(int handle, const sockaddr* address, socklen_t size) {
  if (is_stale(handle)) return Error(Fault::closed, "bind to");
  ++counters_->syscalls;
  if (::bind(descriptor(handle), address, size) == 0) return ok();
  return Error::from_errno(errno, "bind to").about(describe_native(address, size));
}

Result<> EpollEngine::listen(int handle, int backlog) {
  if (is_stale(handle)) return Error(Fault::closed, "listen on");
  ++counters_->syscalls;
  if (::listen(descriptor(handle), backlog) == 0) return ok();
  return Error::from_errno(errno, "listen on");
}

namespace {

// What a TCP listener accepts is TCP, which the engine serves with fewer calls.
bool is_tcp_listener(int opened) {
  int listens = 0, protocol = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(opened, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) return false;
  if (::getsockopt(opened, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0) return false;
  return listens != 0 && protocol == IPPROTO_TCP;
}

}  // namespace

Result<int> EpollEngine::adopt(int opened) {
  struct stat status{};
  if (::fstat(opened, &status) != 0) return Error::from_errno(errno, "use a descriptor");
  const bool is_socket = S_ISSOCK(status.st_mode);
  const bool is_file = S_ISREG(status.st_mode) || S_ISBLK(status.st_mode);
  const int flags = ::fcntl(opened, F_GETFL);
  const bool may_block = !is_socket && !is_file && (flags & O_NONBLOCK) == 0;
  if (may_block && ::fcntl(opened, F_SETFL, flags | O_NONBLOCK) != 0) {
    return Error::from_errno(errno, "use a descriptor");
  }
  const auto handle = add(opened, is_socket && is_tcp_listener(opened));
  if (!handle) return handle;
  Socket& adopted = socket(*handle);
  adopted.is_adopted = true;
  adopted.is_socket = is_socket;
  adopted.always_ready = is_file;
  adopted.readable = true;
  return handle;
}

Result<Endpoint> EpollEngine::ask_address(int handle, AddressCall call,
                                          const char* operation) const {
  if (is_stale(handle)) return Error(Fault::closed, operation);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ++counters_->syscalls;
  if (call(descriptor(handle), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return Error::from_errno(errno, operation);
  }
  if (address.ss_family == AF_INET || address.ss_family == AF_INET6) {
    return Endpoint(reinterpret_cast<const sockaddr*>(&address));
  }
  return Error::from_errno(EAFNOSUPPORT, operation);
}

Result<Endpoint> EpollEngine::local(int handle) const {
  return ask_address(handle, ::getsockname, "read the local address of");
}

Result<Endpoint> EpollEngine::peer(int handle) const {
  return ask_address(handle, ::getpeername, "read the peer's address of");
}

Result<> EpollEngine::set_option(int handle, int level, int name, const void* value,
                                 unsigned size) {
  if (is_stale(handle)) return Error(Fault::closed, "set an option of");
  ++counters_->syscalls;
  if (::setsockopt(descriptor(handle), level, name, value, size) == 0) return ok();
  return Error::from_errno(errno, "set an option of");
}

Result<> EpollEngine::get_option(int handle, int level, int name, void* value,
                                 unsigned& size) const {
  if (is_stale(handle)) return Error(Fault::closed, "read an option of");
  ++counters_->syscalls;
  if (::getsockopt(descriptor(handle), level, name, value, &size) == 0) return ok();
  return Error::from_errno(errno, "read an option of");
}

Result<std::span<std::byte>> EpollEngine::map(int handle, std::size_t bytes) {
  if (is_stale(handle)) return Error(Fault::closed, "share memory by");
  ++counters_->syscalls;
  void* const shared =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor(handle), 0);
  if (shared == MAP_FAILED) return Error::from_errno(errno, "share memory by");
  return std::span(static_cast<std::byte*>(shared), bytes);
}

// Only the last close takes a descriptor out of the epoll instance: until then it would be reported
// further, and could not be put in again under the same number.
void EpollEngine::forget(int handle, bool stays_open) {
  Socket& closed = socket(handle);
  for (Op** list : {&closed.readers, &closed.writers}) {
    while (*list != nullptr) (*list)->end(Outcome::closed);
  }
  closed.open = false;
  if (!stays_open || !closed.registered) return;
  ++counters_->syscalls;
  ::epoll_ctl(poll_descriptor_, EPOLL_CTL_DEL, descriptor(handle), nullptr);
}

void EpollEngine::close(int handle) {
  if (is_stale(handle)) return;
  forget(handle, socket(handle).is_adopted);  // others may hold that open: the standard input, say
  ++counters_->syscalls;
  ::close(descriptor(handle));
  release_all(starved_);
}

std::function<void()> EpollEngine::begin_close(int handle) {
  if (is_stale(handle)) return [] {};
  forget(handle, true);
  ++counters_->syscalls;
  return [opened = descriptor(handle)] { ::close(opened); };
}

// --- waiting -----------------------------------------------------------------------------------

// Edge-triggered and only once. TCP reports room to write only after a write found none, so it can
// be watched from the start; other sockets report every packet that left, so they are watched for
// it only while somebody waits.
bool EpollEngine::register_socket(int handle, Socket& socket, bool with_writes) {
  with_writes = with_writes || socket.is_tcp;
  const std::uint32_t events = EPOLLIN | EPOLLRDHUP | EPOLLET |
                               (socket.is_tcp ? std::uint32_t{EPOLLPRI} : 0) |
                               (with_writes ? std::uint32_t{EPOLLOUT} : 0);
  epoll_event event{.events = events, .data = {.u64 = static_cast<std::uint64_t>(handle)}};
  ++counters_->syscalls;
  const int operation = socket.registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (::epoll_ctl(poll_descriptor_, operation, descriptor(handle), &event) != 0) {
    // EPERM: not pollable, as /dev/null is, so never blocking. Anything else (ENOMEM, ENOSPC) is a
    // shortage that passes.
    socket.always_ready = errno == EPERM;
    return false;
  }
  socket.registered = true;
  socket.watches_writes = with_writes;
  return true;
}

// Until the retry, or until one of ours is closed.
void EpollEngine::park_starved(Op& op) {
  op.next_in_queue = std::exchange(starved_, &op);
  starved_retry_at_ = monotonic_now() + k_starved_retry;
}

void EpollEngine::park(Op& op) {
  Socket& waited_for = socket(op.handle);
  if (op.kind == OpKind::accept && op.error != 0) {
    op.error = 0;
    park_starved(op);
    return;
  }
  const bool reads = waits_to_read(op.kind) != op.blocked_on_other_side;
  const bool with_writes = !reads || waited_for.writers != nullptr;
  if (!waited_for.always_ready &&
      (!waited_for.registered || (!reads && !waited_for.watches_writes))) {
    if (!register_socket(op.handle, waited_for, with_writes) && !waited_for.always_ready) {
      waited_for.readable = waited_for.writable = true;  // no event will tell, so it is tried
      park_starved(op);
      return;
    }
  }
  if (waited_for.always_ready) {
    waited_for.readable = waited_for.writable = true;
    ready_->push(op);
    return;
  }
  Op*& list = reads ? waited_for.readers : waited_for.writers;
  op.next_in_queue = std::exchange(list, &op);
}

void EpollEngine::withdraw(Op& op) {
  Socket& waited_for = socket(op.handle);
  for (Op** link : {&waited_for.readers, &waited_for.writers, &starved_}) {
    while (*link != nullptr && *link != &op) link = &(*link)->next_in_queue;
    if (*link == nullptr) continue;
    *link = op.next_in_queue;
    return;
  }
}

void EpollEngine::release_all(Op*& list) {
  reverse(list);
  for (Op* op = std::exchange(list, nullptr); op != nullptr;) {
    ready_->push(*std::exchange(op, op->next_in_queue));
  }
}

void EpollEngine::dispatch(const epoll_event& event) {
  const auto handle = static_cast<int>(event.data.u64);
  Socket& reported = socket(handle);
  if (!is_current(reported, handle)) return;  // closed meanwhile
  ++counters_->events;
  // Urgent data is no end, but a receive stops there, short, with more behind it (tcp(7)).
  constexpr std::uint32_t ended = EPOLLERR | EPOLLHUP | EPOLLRDHUP | EPOLLPRI;
  if ((event.events & ended) != 0) reported.ended = true;
  if ((event.events & EPOLLERR) != 0) reported.has_errors = true;
  if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) reported.peer_ended = reported.hung_up = true;
  if ((event.events & EPOLLRDHUP) != 0) reported.peer_ended = true;
  if ((event.events & (EPOLLIN | ended)) != 0) {
    reported.readable = true;
    release_all(reported.readers);
  }
  if ((event.events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
    reported.writable = true;
    const bool waited_for = reported.writers != nullptr;
    release_all(reported.writers);
    if (!waited_for && !reported.is_tcp && reported.watches_writes) {
      register_socket(handle, reported, false);
    }
  }
}

// `now_` is from the loop's last update; the clock is read again only where the difference counts.
int EpollEngine::wait_for_events(Instant until) {
  epoll_event* const events = events_.data();
  const int most = static_cast<int>(events_.size());
  ++counters_->syscalls;
  if (until <= now_) return ::epoll_wait(poll_descriptor_, events, most, 0);
  if (until - now_ > k_soon) {
    set_timer(until);
    return ::epoll_wait(poll_descriptor_, events, most, -1);
  }
  const Duration left = std::max(Duration::zero(), until - monotonic_now());
  const timespec timeout{.tv_sec = 0, .tv_nsec = left.count()};
  return ::epoll_pwait2(poll_descriptor_, events, most, &timeout, nullptr);
}

// Moved only to an earlier time: one that comes too early costs a wake-up, and is set right then.
void EpollEngine::set_timer(Instant until) {
  if (until >= timer_set_for_ && timer_set_for_ > now_) return;
  timer_set_for_ = until;
  if (until == Instant::max()) return;
  const Duration at = until.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at);
  itimerspec setting{};
  setting.it_value = {.tv_sec = seconds.count(), .tv_nsec = (at - seconds).count()};
  ++counters_->syscalls;
  ::timerfd_settime(timer_descriptor_, TFD_TIMER_ABSTIME, &setting, nullptr);
}

void EpollEngine::wait(Instant until) {
  if (starved_ != nullptr) until = std::min(until, starved_retry_at_);
  const int count = wait_for_events(until);
  ++counters_->wakeups;
  const auto reported = std::span(events_).first(static_cast<std::size_t>(std::max(count, 0)));
  if (reported.size() > 1) {
    for (const epoll_event& event : reported) {
      if (event.data.u64 < k_timer_tag) prefetch(socket(static_cast<int>(event.data.u64)).readers);
    }
  }
  for (const epoll_event& event : reported) {
    if (event.data.u64 < k_timer_tag) dispatch(event);  // the other two have only to end the wait
  }
  if (reported.size() == events_.size() && events_.size() < k_most_events) {
    events_.resize(2 * events_.size());
  }
  if (starved_ != nullptr && monotonic_now() >= starved_retry_at_) release_all(starved_);
}

void EpollEngine::wake() {
  const std::uint64_t one = 1;
  // It can fail only when the counter is full, and then a wake-up is on its way already.
  [[maybe_unused]] const ssize_t written = ::write(wake_descriptor_, &one, sizeof one);
}

}  // namespace patchbay
