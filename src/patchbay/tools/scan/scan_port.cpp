#include "patchbay/tools/scan/scan_port.hpp"

namespace patchbay {

std::string_view name_of(ScanProtocol protocol) {
  switch (protocol) {
    case ScanProtocol::tcp: return "tcp";
    case ScanProtocol::udp: return "udp";
    case ScanProtocol::ping: return "ping";
    case ScanProtocol::neighbour: return "neighbour";
  }
  return "";
}

}  // namespace patchbay
