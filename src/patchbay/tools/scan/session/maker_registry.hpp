// Who made a network card, by the first half of its hardware address: from the registry of the IEEE
// as Debian's package ieee-data has it, where that is installed. Nothing of it is part of Patchbay.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "patchbay/wire/ethernet_header.hpp"

namespace patchbay {

inline constexpr const char* k_maker_registry = "/usr/share/ieee-data/oui.txt";

// The 24 bits that the IEEE gives to a maker (OUI, IEEE 802-2014 section 8.2.2).
using MakerNumber = std::uint32_t;
using Makers = std::map<MakerNumber, std::string>;

// Nothing: the address was not given by a maker but made up in its own network, as by a virtual
// machine or a telephone that does not want to be known again; or it is a group's.
std::optional<MakerNumber> maker_number_of(const EthernetAddress& address);

// Of those that are wanted, those that `registry` names: lines such as
//
//   08-00-07   (hex)		Apple, Inc.
//   080007     (base 16)		Apple, Inc.
//
// of which the second is read. A name is 80 bytes at the most, and of a file: escaped by whoever
// prints it. Who has a name kept from the registry has none here, nor has a number that the IEEE
// has parted among several.
Makers makers_in(std::string_view registry, const std::set<MakerNumber>& wanted);

// Of the file; none where it is not there, or cannot be read.
Makers find_makers(const std::set<MakerNumber>& wanted, const std::string& path = k_maker_registry);

}  // namespace patchbay
