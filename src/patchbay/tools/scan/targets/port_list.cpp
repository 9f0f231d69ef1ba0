#include "patchbay/tools/scan/targets/port_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <charconv>
#include <utility>

#include "patchbay/tools/scan/output/port_ranges.hpp"
#include "patchbay/tools/scan/targets/port_names.hpp"
#include "patchbay/tools/scan/targets/target_word.hpp"

namespace patchbay {

namespace {

constexpr std::uint32_t k_last_port = 65'535;

// Ranges, and no bits: a list may name all ports as often as it has commas.
struct PortSets {
  PortRanges tcp;
  PortRanges udp;

  PortRanges& of(ScanProtocol protocol) { return protocol == ScanProtocol::udp ? udp : tcp; }
  void add(const ScanPort& port) { of(port.protocol).emplace_back(port.number, port.number); }
  void settle() {
    tcp = normalized(std::move(tcp));
    udp = normalized(std::move(udp));
  }
  void drop(const PortSets& others) {  // both are settled
    tcp = without(tcp, others.tcp);
    udp = without(udp, others.udp);
  }
};

// Which protocols a piece is for.
struct Protocols {
  bool tcp = false;
  bool udp = false;
};

std::unexpected<Failure> refuse(std::string_view piece, std::string why, std::string remedy) {
  return std::unexpected(Failure(fmt::format("cannot use the port {}", shown_word(piece)),
                                 std::move(why), std::move(remedy)));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view k_blanks = " \t";
  const std::size_t first = text.find_first_not_of(k_blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(k_blanks) - first + 1);
}

// Of digits alone. What is too large for a number stays too large.
std::uint32_t read_number(std::string_view digits) {
  std::uint32_t number = 0;
  const auto [stop, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return fault == std::errc() ? number : UINT32_MAX;
}

using Range = PortRanges::value_type;

// The range of ports that may have been meant.
std::string fitting(std::uint32_t first, std::uint32_t last) {
  first = std::clamp<std::uint32_t>(first, 1, k_last_port);
  last = std::clamp<std::uint32_t>(last, 1, k_last_port);
  if (last < first) std::swap(first, last);
  return first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
}

// "80", "1000-2000", "-100", "60000-", "-": of digits and dashes.
std::expected<Range, Failure> read_range(std::string_view piece) {
  const std::size_t dash = piece.find('-');
  const std::string_view low = piece.substr(0, dash);
  const std::string_view high = dash == piece.npos ? low : piece.substr(dash + 1);
  if (high.contains('-')) {
    return refuse(piece, "a range has one dash", "write it as 1000-2000");
  }
  const std::uint32_t first = low.empty() ? 1 : read_number(low);
  const std::uint32_t last = high.empty() ? k_last_port : read_number(high);
  const auto remedy = [&] {
    return dash == piece.npos ? "write 1 to 65535" : "write " + fitting(first, last);
  };
  if (first == 0 || last == 0) return refuse(piece, "nothing can be reached at port 0", remedy());
  if (first > k_last_port || last > k_last_port) {
    return refuse(piece, "the last port is 65535", remedy());
  }
  if (last < first) return refuse(piece, "the range ends before it begins", remedy());
  return Range(static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last));
}

std::unexpected<Failure> refuse_name(std::string_view piece) {
  const std::string near = nearest_port_name(piece);
  return refuse(
      piece, "no service of that name is known",
      near.empty() ? "give its number, as in -p 22,80,1000-2000" : fmt::format("write {}", near));
}

std::expected<void, Failure> add_name(std::string_view piece, const Protocols& protocols,
                                      PortSets& sets) {
  const auto named = ports_named(piece);
  if (named.empty()) return refuse_name(piece);
  bool is_any = false;
  for (const ScanPort& port : named) {
    const bool is_wanted = port.protocol == ScanProtocol::udp ? protocols.udp : protocols.tcp;
    if (is_wanted) sets.add(port);
    is_any |= is_wanted;
  }
  if (is_any) return {};
  const ScanPort& port = named.front();
  const bool is_udp = port.protocol == ScanProtocol::udp;
  return refuse(
      piece,
      fmt::format("it is {}/{}, and {} is not asked for", port.number, name_of(port.protocol),
                  is_udp ? "UDP" : "TCP"),
      fmt::format("write {}:{}{}", is_udp ? 'U' : 'T', port.number, is_udp ? ", or add -sU" : ""));
}

std::expected<void, Failure> add_piece(std::string_view piece, const Protocols& protocols,
                                       PortSets& sets) {
  if (piece.empty()) return refuse("''", "nothing stands between two commas", "leave one out");
  if (piece.find_first_not_of("0123456789-") != piece.npos) {
    return add_name(piece, protocols, sets);
  }
  const auto range = read_range(piece);
  if (!range) return std::unexpected(range.error());
  if (protocols.tcp) sets.tcp.push_back(*range);
  if (protocols.udp) sets.udp.push_back(*range);
  return {};
}

// "T:" and "U:", in either case; nothing where there is neither.
std::optional<Protocols> take_prefix(std::string_view& piece) {
  if (piece.size() < 2 || piece[1] != ':') return std::nullopt;
  const char letter = piece[0];
  Protocols protocols{.tcp = letter == 'T' || letter == 't', .udp = letter == 'U' || letter == 'u'};
  if (!protocols.tcp && !protocols.udp) return std::nullopt;
  piece = trimmed(piece.substr(2));
  return protocols;
}

std::expected<void, Failure> add_list(std::string_view list, Protocols protocols, PortSets& sets) {
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t comma = std::min(list.find(',', begin), list.size());
    std::string_view piece = trimmed(list.substr(begin, comma - begin));
    if (const auto named = take_prefix(piece)) protocols = *named;
    if (auto done = add_piece(piece, protocols, sets); !done) return done;
    begin = comma + 1;
  }
  return {};
}

void add_top(ScanProtocol protocol, std::uint32_t count, PortSets& sets) {
  std::bitset<k_last_port + 1> added;
  const auto add = [&](std::uint16_t number) {
    if (count == 0 || added.test(number)) return;
    added.set(number);
    sets.add({protocol, number});
    --count;
  };
  for (const ScanPort& port : common_ports(protocol)) add(port.number);
  for (const ScanPort& port : known_ports(protocol)) add(port.number);
  for (std::uint32_t number = 1; number <= k_last_port; ++number) {
    add(static_cast<std::uint16_t>(number));
  }
}

std::expected<PortSets, Failure> wanted(const PortListOptions& options) {
  PortSets sets;
  if (options.ports) {
    const Protocols protocols{.tcp = options.tcp, .udp = options.udp};
    const auto done = add_list(*options.ports, protocols, sets);
    if (!done) return std::unexpected(done.error());
    sets.settle();
    return sets;
  }
  for (const ScanProtocol protocol : {ScanProtocol::tcp, ScanProtocol::udp}) {
    if (!(protocol == ScanProtocol::udp ? options.udp : options.tcp)) continue;
    const auto all = static_cast<std::uint32_t>(common_ports(protocol).size());
    const std::uint32_t few = std::min(options.fast ? k_fast_ports : all, all);
    add_top(protocol, options.top.value_or(few), sets);
  }
  sets.settle();
  return sets;
}

// The common ones are taken out of `sets`.
void take_likely(PortSets& sets, PortList& list) {
  const auto& tcp = common_ports(ScanProtocol::tcp);
  const auto& udp = common_ports(ScanProtocol::udp);
  PortSets taken;
  const auto take = [&](const std::vector<ScanPort>& common, std::size_t rank) {
    if (rank >= common.size()) return;
    const ScanPort& port = common[rank];
    if (!contains(sets.of(port.protocol), port.number)) return;
    list.ports.push_back(port);
    taken.add(port);
  };
  for (std::size_t rank = 0; rank < std::max(tcp.size(), udp.size()); ++rank) {
    take(tcp, rank);
    take(udp, rank);
  }
  list.likely = list.ports.size();
  taken.settle();
  sets.drop(taken);
}

}  // namespace

std::expected<PortList, Failure> make_port_list(const PortListOptions& options) {
  auto sets = wanted(options);
  if (!sets) return std::unexpected(std::move(sets.error()));
  PortSets excluded;
  for (const std::string& text : options.exclude) {
    const auto done = add_list(text, {.tcp = true, .udp = true}, excluded);
    if (!done) return std::unexpected(done.error());
  }
  excluded.settle();
  const bool had_any = !sets->tcp.empty() || !sets->udp.empty();
  sets->drop(excluded);
  PortList list;
  take_likely(*sets, list);
  for (const ScanProtocol protocol : {ScanProtocol::tcp, ScanProtocol::udp}) {
    for (const auto& [first, last] : sets->of(protocol)) {
      for (std::uint32_t number = first; number <= last; ++number) {
        list.ports.push_back({protocol, static_cast<std::uint16_t>(number)});
      }
    }
  }
  if (!list.ports.empty()) return list;
  return std::unexpected(Failure("cannot scan: no port is left",
                                 had_any ? "all that are named are excluded" : "none is asked for",
                                 had_any ? "name other ports, or exclude less" : "-p 22,80,443"));
}

}  // namespace patchbay
