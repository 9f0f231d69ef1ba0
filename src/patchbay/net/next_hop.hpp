// NextHop: by which interface a packet leaves, from which address, and who takes it on; for whole
// ranges of addresses with a few questions to the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/ip_network.hpp"
#include "patchbay/net/ip_set.hpp"
#include "patchbay/net/rtnetlink.hpp"

namespace patchbay {

struct NextHop {
  enum class Kind : std::uint8_t {
    link,     // the destination is on the interface's own link
    gateway,  // it is behind `gateway`, which is
    here,     // it is this host
  };

  Kind kind = Kind::link;
  std::uint32_t interface = 0;
  IpAddress source;
  IpAddress gateway;  // of either family

  friend bool operator==(const NextHop&, const NextHop&) = default;
};

// Ranges, and the hop of each or why it has none.
class HopMap {
 public:
  // In the order of addresses, IPv4 first. What is like the range before it is joined to it.
  void add(const IpRange& range, const Result<NextHop>& hop);

  // Its number, below size(); nothing for an address that was never added.
  std::optional<std::size_t> find(const IpAddress& address) const;
  // Different hops: that of several ranges is there once.
  std::size_t size() const { return hops_.size(); }
  const Result<NextHop>& operator[](std::size_t index) const { return hops_[index]; }

 private:
  struct Piece {
    IpRange range;
    std::size_t hop = 0;
  };

  std::size_t number_of_hop(const Result<NextHop>& hop);

  std::vector<Piece> pieces_;
  std::vector<Result<NextHop>> hops_;
};

struct HopOptions {
  std::uint32_t interface = 0;              // by this one alone; 0: as routes say
  std::optional<IpAddress> source_v4 = {};  // instead of what routes say; it need not be ours
  std::optional<IpAddress> source_v6 = {};
  std::size_t most_pieces = 65'536;  // that a set of targets is cut into
};

// Whoever knows a host's ways: its kernel, or a simulated network.
class HopFinder {
 public:
  virtual ~HopFinder() = default;
  // Faults: limit (more than HopOptions::most_pieces), system.
  virtual Result<HopMap> hops_to(const IpSet& targets, const HopOptions& options) = 0;
  virtual Result<std::vector<LinkDevice>> devices() = 0;
  // Whose hardware addresses are known already.
  virtual Result<std::vector<KnownNeighbour>> neighbours() = 0;
};

// By rtnetlink, in the namespace of the calling thread. The set is cut where a route or a rule
// begins or ends, and one address of each piece is asked for.
class KernelHopFinder final : public HopFinder {
 public:
  Result<HopMap> hops_to(const IpSet& targets, const HopOptions& options) override;
  Result<std::vector<LinkDevice>> devices() override;
  Result<std::vector<KnownNeighbour>> neighbours() override;
};

// The same addresses in pieces, none of which lies across an end of one of `networks`. Both in any
// order; ranges must not overlap. At most `most` pieces; nothing where that is not enough.
std::optional<std::vector<IpRange>> cut_ranges(std::span<const IpRange> ranges,
                                               std::span<const IpNetwork> networks,
                                               std::size_t most);

}  // namespace patchbay
