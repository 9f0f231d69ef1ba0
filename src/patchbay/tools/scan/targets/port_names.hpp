// Names of ports: what a port most likely serves by its number, which are common, and which are
// left alone. A guess, and never told as a fact.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/scan/scan_port.hpp"

namespace patchbay {

// What to bear in mind before anything is said to a service.
enum class PortCare : std::uint8_t {
  none,
  printer,     // prints whatever it is sent
  industrial,  // controls machines, and may not survive a question
};

// "ssh": of data/ports.tsv, else of this system's database of services; empty where neither has
// one. Lasts as long as the program. The system's names are those that its administrator gave.
std::string_view service_name(const ScanPort& port);

// The ports of TCP and UDP that a name stands for, in the order of ScanPort; the case of letters
// does not matter. Besides the names above it has those that everybody says: "dns", "rdp", "smb".
std::vector<ScanPort> ports_named(std::string_view name);

// The name that was probably meant; empty where none is near.
std::string nearest_port_name(std::string_view name);

PortCare care_of(const ScanPort& port);

// Our list of common ports of a protocol, the likeliest first; empty but for TCP and UDP.
const std::vector<ScanPort>& common_ports(ScanProtocol protocol);

// The ports of a protocol that data/ports.tsv has, in order.
std::vector<ScanPort> known_ports(ScanProtocol protocol);

}  // namespace patchbay
