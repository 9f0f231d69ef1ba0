// ConnectSockets: the sockets of a connect scan. One whose connection was refused tries for the
// next one, which saves half of the calls; so they are kept here in between.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/engine.hpp"

namespace patchbay {

// Where connections and datagrams come from.
struct ConnectSource {
  std::optional<IpAddress> address = {};  // for targets of its family only
  std::uint16_t port = 0;                 // 0: the kernel chooses
  std::string interface = {};             // leave by this one only (SO_BINDTODEVICE)
  std::uint8_t hop_limit = 0;             // or TTL; 0: this host's own
};

class ConnectSockets {
 public:
  struct Taken {
    int handle;
    bool used;  // it has tried for another connection before
  };

  // No more than `most` at a time are kept and used together, at least one. The engine outlives it.
  ConnectSockets(Engine& engine, ConnectSource source, std::size_t most);
  ~ConnectSockets();
  ConnectSockets(const ConnectSockets&) = delete;
  ConnectSockets& operator=(const ConnectSockets&) = delete;

  // Whether connections can come from there at all.
  Result<> check();

  // One that may connect, bound to the source. `any_port`: whatever port the source names.
  Result<Taken> take(Family family, bool any_port = false);
  // Its connection was refused, so that nothing is left of it.
  void keep(Family family, int handle);
  void close(int handle);
  // One that is connected: the peer sees a reset, and no end of a conversation that never was.
  void reset(int handle);
  // One of those that are kept, if there is any, makes room.
  void drop_one_kept();
  // This kernel does not let a refused one try again.
  void keep_none();

  std::size_t kept() const { return kept_[0].size() + kept_[1].size(); }

 private:
  std::vector<int>& kept_of(Family family) { return kept_[family == Family::v6 ? 1 : 0]; }
  bool is_bound(Family family) const;
  Result<> prepare(int handle, Family family, bool any_port);

  Engine& engine_;
  const ConnectSource source_;
  const std::size_t most_;
  std::size_t open_ = 0;
  bool keeps_ = true;
  std::array<std::vector<int>, 2> kept_;  // by family
};

}  // namespace patchbay
