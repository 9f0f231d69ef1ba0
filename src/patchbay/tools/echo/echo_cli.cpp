#include "patchbay/tools/echo/echo_cli.hpp"

#include "patchbay/tools/echo/connect_cli.hpp"

namespace patchbay {

void declare_tcp(Command& patchbay) {
  Command& tcp = patchbay.group("tcp", "serve and connect over TCP");
  tcp.example("patchbay tcp serve 5000", "echo on 127.0.0.1:5000");
  declare_tcp_serve(tcp);
  declare_tcp_connect(tcp);
}

void declare_udp(Command& patchbay) {
  Command& udp = patchbay.group("udp", "serve and ask over UDP");
  udp.example("patchbay udp serve 5001", "echo on 127.0.0.1:5001");
  declare_udp_serve(udp);
  declare_udp_connect(udp);
}

}  // namespace patchbay
