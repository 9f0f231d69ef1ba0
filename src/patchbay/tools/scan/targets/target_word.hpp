// A word of a target list: a host's name, or addresses in one of the ways in which people write
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/ip_set.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

enum class TargetKind : std::uint8_t { name, v4, v6 };

// The words of a list. A comma stands between two of them, or between the values of an octet,
// whichever makes sense: "10.0.0.1,7,10.1.0.1" is "10.0.0.1,7" and "10.1.0.1". Empty ones are kept,
// so that somebody complains.
std::vector<std::string_view> split_targets(std::string_view list);

// Adds what `word` names to `spans`, or says that it is a host's name, which has to be looked up:
//
//   192.0.2.1   10.0.0.0/24   10.0.0.0/255.255.255.0   10.0.0.1-10.0.0.40
//   10.0.0.1-40   10.0.0-3.1,7   192.168.*.1           octets: values, ranges, all
//   2001:db8::1   [2001:db8::1]   2001:db8::/120   2001:db8::1-2001:db8::ff
//
// No address has an interface ("fe80::1%eth0"): a set of addresses has no place for one, and a scan
// goes out by one interface, which is the scan's own option. No more than `most_spans` are in
// `spans` afterwards.
std::expected<TargetKind, Failure> read_target(std::string_view word, IpSpans& spans,
                                               std::size_t most_spans);

// A word as it may be shown: safe on a terminal, and not endless.
std::string shown_word(std::string_view word);

}  // namespace patchbay
