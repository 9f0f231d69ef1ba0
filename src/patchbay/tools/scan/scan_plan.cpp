#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

std::string_view name_of(TcpMethod method) {
  switch (method) {
    case TcpMethod::connect: return "connect";
    case TcpMethod::syn: return "syn";
    case TcpMethod::ack: return "ack";
    case TcpMethod::fin: return "fin";
    case TcpMethod::null: return "null";
    case TcpMethod::xmas: return "xmas";
  }
  return "";
}

std::string_view engine_name(TcpMethod method) {
  return method == TcpMethod::connect ? "connect" : "packet";
}

}  // namespace patchbay
