#include "patchbay/net/cares_channel.hpp"

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// A server is a stranger: what it can make us keep of one answer has a limit.
constexpr std::size_t k_most_addresses = 256;
constexpr std::size_t k_most_names = 64;

class ReadableOp : public Op {
 public:
  ReadableOp(Engine& engine, int handle, Deadline deadline)
      : Op(OpKind::wait_readable, &engine, handle, deadline) {}
  Result<> await_resume() const {
    if (!succeeded()) return failure();
    return ok();
  }
};

// c-ares calls back exactly once for each question, and then this share of the answer goes.
using Share = std::shared_ptr<CaresAnswer>;

void* give_share(const Share& answer) { return new Share(answer); }

Share take_share(void* argument) {
  const std::unique_ptr<Share> held(static_cast<Share*>(argument));
  return std::move(*held);
}

void take_addresses(void* argument, int status, int, ares_addrinfo* info) {
  const Share answer = take_share(argument);
  const ares_addrinfo_node* node = info != nullptr ? info->nodes : nullptr;
  for (; node != nullptr && answer->addresses.size() < k_most_addresses; node = node->ai_next) {
    const IpAddress address = Endpoint(node->ai_addr).address();
    if (std::ranges::find(answer->addresses, address) == answer->addresses.end()) {
      answer->addresses.push_back(address);
    }
  }
  if (info != nullptr) ares_freeaddrinfo(info);
  answer->end(status);
}

// c-ares has every name among the aliases, in the order of the answer, and the last one once more.
void take_names(void* argument, int status, int, hostent* host) {
  const Share answer = take_share(argument);
  std::vector<std::string>& names = answer->names;
  const auto add = [&](const char* name) {
    if (name == nullptr || names.size() >= k_most_names) return;
    if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  };
  char** alias = host != nullptr ? host->h_aliases : nullptr;
  for (; alias != nullptr && *alias != nullptr; ++alias) add(*alias);
  if (host != nullptr) add(host->h_name);
  answer->end(status);
}

Error cannot_start(int status) {
  const Fault fault = status == ARES_ENOMEM ? Fault::limit : Fault::system;
  return Error(fault, "start looking up names", "its settings could not be read",
               "check /etc/resolv.conf");
}

}  // namespace

void CaresAnswer::end(int how) {
  ended = true;
  status = how;
  woken.set();
}

Result<std::shared_ptr<CaresChannel>> CaresChannel::make(const CaresOptions& options) {
  Engine& engine = Loop::current().engine();
  if (!engine.capabilities().foreign_descriptors) {
    return Error(Fault::system, "look up names", "this network has no name servers of the system's",
                 "give the loop a resolver of its own");
  }
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) return Error::from_errno(errno, "open an epoll instance");
  const auto handle = engine.adopt(descriptor);
  if (!handle) {
    ::close(descriptor);
    return handle.error();
  }
  std::shared_ptr<CaresChannel> channel(new CaresChannel(engine, descriptor, *handle));
  const auto opened = channel->open(options);
  if (!opened) return opened.error();
  return channel;
}

Result<> CaresChannel::open(const CaresOptions& options) {
  kick_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (kick_ < 0) return Error::from_errno(errno, "open an eventfd");
  epoll_event kicked{.events = EPOLLIN | EPOLLET, .data = {.fd = kick_}};
  if (::epoll_ctl(poll_, EPOLL_CTL_ADD, kick_, &kicked) != 0) {
    return Error::from_errno(errno, "watch an eventfd");
  }
  static const int initialized = ares_library_init(ARES_LIB_INIT_ALL);
  if (initialized != ARES_SUCCESS) return cannot_start(initialized);
  // c-ares copies what it is given, though its types do not say so.
  std::string resolv_conf = options.resolv_conf;
  std::string lookups = "b";  // only servers: HostsFile has had its say before
  std::vector<std::string> domains = options.domains.value_or(std::vector<std::string>());
  std::vector<char*> domain_pointers;
  for (std::string& domain : domains) domain_pointers.push_back(domain.data());

  ares_options given{};
  given.timeout = static_cast<int>(
      std::chrono::duration_cast<std::chrono::milliseconds>(options.timeout).count());
  given.tries = options.tries;
  given.lookups = lookups.data();
  given.resolvconf_path = resolv_conf.data();
  given.sock_state_cb = &CaresChannel::watch;
  given.sock_state_cb_data = this;
  given.domains = domain_pointers.data();
  given.ndomains = static_cast<int>(domain_pointers.size());
  const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_RESOLVCONF |
                   ARES_OPT_SOCK_STATE_CB | (options.domains ? ARES_OPT_DOMAINS : 0);
  const int status = ares_init_options(&channel_, &given, mask);
  if (status != ARES_SUCCESS) return cannot_start(status);
  set_socket_functions();
  if (options.servers.empty()) return ok();
  const int set = ares_set_servers_ports_csv(channel_, options.servers.c_str());
  if (set == ARES_SUCCESS) return ok();
  return Error(Fault::protocol, "use the name servers", "they are not a list of addresses",
               "write them as 192.0.2.53,[2001:db8::53]:5353")
      .about(options.servers);
}

CaresChannel::~CaresChannel() {
  if (channel_ != nullptr) ares_destroy(channel_);  // takes its sockets out of the epoll instance
  if (kick_ >= 0) ::close(kick_);
  engine_.close(handle_);
}

// All questions to a server share one socket, and the kernel reports a refused datagram to
// whichever call comes next: to the sending of the next question. c-ares would give up on that one
// alone and wait out the time of the others, which is seconds for a local server that is not
// running. So the report is kept and made again to the receiving side, where it counts for all of
// them.
void CaresChannel::set_socket_functions() {
  static constexpr ares_socket_functions functions = {
      .asocket = [](int family, int type, int protocol, void*) -> ares_socket_t {
        return ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
      },
      .aclose =
          [](ares_socket_t socket, void* self) {
            std::erase(static_cast<CaresChannel*>(self)->refused_, socket);
            return ::close(socket);
          },
      .aconnect = [](ares_socket_t socket, const sockaddr* to, ares_socklen_t size,
                     void*) { return ::connect(socket, to, size); },
      .arecvfrom = [](ares_socket_t socket, void* data, std::size_t size, int flags, sockaddr* from,
                      ares_socklen_t* from_size, void* self) -> ares_ssize_t {
        ares_socket_t& reporting = static_cast<CaresChannel*>(self)->reporting_;
        if (socket != reporting) {
          return ::recvfrom(socket, data, size, flags, from, from_size);
        }
        reporting = ARES_SOCKET_BAD;
        errno = ECONNREFUSED;
        return -1;
      },
      .asendv = [](ares_socket_t socket, const iovec* pieces, int count,
                   void* self) -> ares_ssize_t {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(pieces);
        message.msg_iovlen = static_cast<std::size_t>(count);
        const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == ECONNREFUSED) {
          static_cast<CaresChannel*>(self)->refused_.push_back(socket);
          errno = ECONNREFUSED;  // whatever the line above did to it
        }
        return sent;
      },
  };
  ares_set_socket_functions(channel_, &functions, this);
}

void CaresChannel::watch(void* channel, ares_socket_t socket, int readable, int writable) {
  const int poll = static_cast<CaresChannel*>(channel)->poll_;
  epoll_event event{};
  event.events =
      (readable != 0 ? std::uint32_t{EPOLLIN} : 0) | (writable != 0 ? std::uint32_t{EPOLLOUT} : 0);
  event.data.fd = socket;
  if (event.events == 0) {
    ::epoll_ctl(poll, EPOLL_CTL_DEL, socket, &event);
  } else if (::epoll_ctl(poll, EPOLL_CTL_MOD, socket, &event) != 0) {
    // Where adding fails too (no memory), c-ares hears nothing and its time limit ends the look-up.
    ::epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
  }
}

Task<Result<>> CaresChannel::ask_addresses(std::string name, Family family, Share answer,
                                           Deadline deadline) {
  ares_addrinfo_hints hints{};
  hints.ai_flags = ARES_AI_NOSORT;  // sorted by whoever puts the families together
  hints.ai_family = family == Family::any ? AF_UNSPEC : family == Family::v6 ? AF_INET6 : AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, take_addresses, give_share(answer));
  co_return co_await wait_for(std::move(answer), deadline);
}

Task<Result<>> CaresChannel::ask_names(IpAddress address, Share answer, Deadline deadline) {
  const auto bytes = address.bytes();
  ares_gethostbyaddr(channel_, bytes.data(), static_cast<int>(bytes.size()),
                     address.is_v6() ? AF_INET6 : AF_INET, take_names, give_share(answer));
  co_return co_await wait_for(std::move(answer), deadline);
}

Task<Result<>> CaresChannel::wait_for(Share answer, Deadline deadline) {
  process_refused();
  wake_ended_driver();
  waiting_.push_back(answer.get());
  Result<> result = ok();
  while (!answer->ended && result) result = co_await wait_once(*answer, deadline);
  std::erase(waiting_, answer.get());
  if (waiting_.empty()) {
    ares_cancel(channel_);  // what was given up on need not be asked again
  } else if (driver_ == nullptr) {
    waiting_.front()->woken.set();
  }
  co_return result;
}

Task<Result<>> CaresChannel::wait_once(CaresAnswer& answer, Deadline deadline) {
  const Deadline retry = next_retry();
  const Deadline limit = deadline.or_earlier(retry);
  Result<> waited = ok();
  if (driver_ == nullptr) {
    driver_ = &answer;
    waited = co_await ReadableOp(engine_, handle_, limit);
    driver_ = nullptr;
  } else {
    answer.woken.reset();
    waited = co_await answer.woken.wait(limit);
  }
  const bool retry_is_due =
      !waited && waited.error().fault() == Fault::timed_out && Loop::current().now() >= retry.at();
  if (!waited && !retry_is_due) co_return waited;
  process();
  wake_ended_driver();
  co_return ok();
}

// c-ares has a clock of its own, which may lag behind the loop's by a little: without a least time
// the two would spin until it caught up.
Deadline CaresChannel::next_retry() const {
  timeval left{};
  if (ares_timeout(channel_, nullptr, &left) == nullptr) return Deadline::never();
  const Duration wait = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
  return Deadline::after(std::max<Duration>(wait, 1ms));
}

// The engine hears of an edge only, so everything that is ready has to be dealt with. Bounded all
// the same: each datagram of a flood is an edge again.
void CaresChannel::process() {
  std::array<epoll_event, 16> events;
  for (int rounds = 0; rounds < 1000; ++rounds) {
    const int count = ::epoll_wait(poll_, events.data(), events.size(), 0);
    if (count <= 0) break;
    for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(count))) {
      if (event.data.fd == kick_) continue;  // edge-triggered: nothing to read off
      const bool only_writable = event.events == EPOLLOUT;
      const bool writable = (event.events & EPOLLOUT) != 0;
      ares_process_fd(channel_, only_writable ? ARES_SOCKET_BAD : event.data.fd,
                      writable ? event.data.fd : ARES_SOCKET_BAD);
    }
  }
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what is overdue
  process_refused();
}

// The driver waits for the sockets and would not hear of an answer that another look-up has read.
void CaresChannel::wake_ended_driver() {
  if (driver_ == nullptr || !driver_->ended) return;
  const std::uint64_t one = 1;
  // It fails only when the counter is full, and then a kick is on its way already.
  [[maybe_unused]] const ssize_t written = ::write(kick_, &one, sizeof one);
}

// Each round uses up a try of some question, so it ends.
void CaresChannel::process_refused() {
  while (!refused_.empty()) {
    reporting_ = refused_.back();
    refused_.pop_back();
    ares_process_fd(channel_, reporting_, ARES_SOCKET_BAD);
  }
  reporting_ = ARES_SOCKET_BAD;
}

}  // namespace patchbay
