// IpSet: which addresses, of both families, as ranges. Made once and then only read.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "patchbay/net/ip_network.hpp"

namespace patchbay {

// Ranges that are to become a set, as they come: they may overlap and stand in any order. Both ends
// are included; one of IPv4 takes 8 bytes.
struct IpSpans {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> v4;
  std::vector<std::pair<IpNumber, IpNumber>> v6;

  void add(const IpRange& range);
  void add(const IpSpans& more);
  std::size_t size() const { return v4.size() + v6.size(); }
  // Sorts them, and joins those that overlap or touch.
  void settle();
};

// Millions of single addresses of IPv4 take 12 bytes each.
class IpSet {
 public:
  IpSet() = default;
  // All of `included` that is not in `excluded`; ranges may overlap and stand in any order.
  IpSet(std::span<const IpRange> included, std::span<const IpRange> excluded = {});
  explicit IpSet(IpSpans spans);

  IpSet without(const IpSet& other) const;

  bool contains(const IpAddress& address) const;
  bool empty() const { return v4_.empty() && v6_.empty(); }
  // Saturates at 2^128 - 1.
  IpNumber size() const;
  // Those of IPv4 come first, lower ones before higher. `index` < size().
  IpAddress at(IpNumber index) const;
  // How many addresses of the set stand before this one: the index of one that is in it.
  IpNumber index_of(const IpAddress& address) const;
  // How many addresses of the range are in the set.
  IpNumber count_in(const IpRange& range) const;
  // In the same order: none touches the next.
  std::vector<IpRange> ranges() const;
  // The fewest networks that are together this set.
  std::vector<IpNetwork> networks() const;

 private:
  template <class Number>
  class Spans {
   public:
    void take(std::vector<std::pair<Number, Number>> spans);
    void drop(std::vector<std::pair<Number, Number>> spans);
    void count();
    bool contains(Number number) const;
    bool empty() const { return spans_.empty(); }
    IpNumber size() const;  // saturates
    Number at(IpNumber index) const;
    IpNumber before(Number number) const;
    const auto& spans() const { return spans_; }

   private:
    std::vector<std::pair<Number, Number>> spans_;  // sorted, apart, both ends included
    std::vector<Number> before_;  // how many addresses stand before each; those of IPv6 saturate
  };

  Spans<std::uint32_t> v4_;
  Spans<IpNumber> v6_;
};

}  // namespace patchbay
