// CaresChannel: one c-ares channel, driven by the look-ups that wait for it.
#pragma once

#include <ares.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/net/engine.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

struct CaresOptions {
  std::string servers = {};  // "192.0.2.53,[2001:db8::53]:5353"; empty: as resolv.conf says
  std::string hosts_file = "/etc/hosts";
  std::string resolv_conf = "/etc/resolv.conf";
  std::optional<std::vector<std::string>> domains = {};  // to search; as resolv.conf says
  // For the first try at each server; doubled with each further one. What c-ares does without being
  // told (5 s, 4 tries) adds up to 75 s.
  Duration timeout = 2s;
  int tries = 3;
};

// What one look-up brought. Shared between the task that waits and c-ares, since either may lose
// interest first.
struct CaresAnswer {
  bool ended = false;
  int status = ARES_SUCCESS;  // ARES_…
  std::vector<IpAddress> addresses;
  std::vector<std::string> names;
  Event woken;  // ended, or it is this one's turn to drive the channel

  void end(int how);
};

// c-ares opens its sockets itself. They stand in an epoll instance of their own, and that is the
// one descriptor which the engine knows. At any time one of the waiting look-ups, the driver, waits
// for that descriptor and lets c-ares work for all of them; when it ends, another takes over. So no
// task and no timer remains when nobody looks anything up.
class CaresChannel {
 public:
  static Result<std::shared_ptr<CaresChannel>> make(const CaresOptions& options);
  ~CaresChannel();
  CaresChannel(const CaresChannel&) = delete;
  CaresChannel& operator=(const CaresChannel&) = delete;

  // Until the answer or the fault: timed_out, cancelled. What c-ares itself has to say is in the
  // answer's status. `name` passed check_host_name().
  Task<Result<>> ask_addresses(std::string name, Family family, std::shared_ptr<CaresAnswer> answer,
                               Deadline deadline);
  Task<Result<>> ask_names(IpAddress address, std::shared_ptr<CaresAnswer> answer,
                           Deadline deadline);

 private:
  CaresChannel(Engine& engine, int poll, int handle)
      : engine_(engine), poll_(poll), handle_(handle) {}

  Result<> open(const CaresOptions& options);
  void set_socket_functions();
  static void watch(void* channel, ares_socket_t socket, int readable, int writable);
  Task<Result<>> wait_for(std::shared_ptr<CaresAnswer> answer, Deadline deadline);
  Task<Result<>> wait_once(CaresAnswer& answer, Deadline deadline);
  Deadline next_retry() const;
  void process();
  void process_refused();
  void wake_ended_driver();

  Engine& engine_;
  int poll_;       // the epoll instance with c-ares's sockets
  int handle_;     // what the engine calls it
  int kick_ = -1;  // an eventfd among them, for a driver whose answer somebody else has read
  ares_channel channel_ = nullptr;
  CaresAnswer* driver_ = nullptr;
  std::vector<CaresAnswer*> waiting_;
  // Sockets whose server refused a datagram, and a later send was told so in its place.
  std::vector<ares_socket_t> refused_;
  ares_socket_t reporting_ = ARES_SOCKET_BAD;  // the one of them that c-ares is being told about
};

}  // namespace patchbay
