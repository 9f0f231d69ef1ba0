#include "patchbay/tools/scan/service/service_table.hpp"

#include <algorithm>

namespace patchbay {

namespace {

void fill(std::string& bytes, std::string_view place, std::string_view value) {
  for (std::size_t at = bytes.find(place); at != bytes.npos;
       at = bytes.find(place, at + value.size())) {
    bytes.replace(at, place.size(), value);
  }
}

}  // namespace

bool is_left_alone(std::uint16_t port) {
  return std::ranges::any_of(left_alone_ports(), [port](const PortRange& range) {
    return range.first <= port && port <= range.last;
  });
}

const ServiceProbe* service_probe(std::string_view id) {
  for (const ServiceProbe& probe : service_probes()) {
    if (probe.id == id) return &probe;
  }
  return nullptr;
}

const ServiceProbe* udp_probe(std::uint16_t port) {
  for (const ServiceProbe& probe : service_probes()) {
    if (probe.transport == ScanProtocol::udp && std::ranges::count(probe.ports, port) > 0) {
      return &probe;
    }
  }
  return nullptr;
}

const StartTls* start_tls_of(std::string_view service) {
  for (const StartTls& way : start_tls_ways()) {
    if (way.service == service) return &way;
  }
  return nullptr;
}

std::string bytes_to_send(std::string_view send, const ProbePlaces& places) {
  std::string bytes(send);
  fill(bytes, "{host}", places.host);
  fill(bytes, "{name}", places.name);
  return bytes;
}

std::string probe_bytes(const ServiceProbe& probe, const ProbePlaces& places) {
  return bytes_to_send(probe.send, places);
}

}  // namespace patchbay
