#include "patchbay/cli/tools.hpp"

#include "patchbay/tools/chat/chat_cli.hpp"
#include "patchbay/tools/chat_bench/chat_bench_cli.hpp"
#include "patchbay/tools/chat_client/chat_join_cli.hpp"
#include "patchbay/tools/echo/echo_cli.hpp"
#include "patchbay/tools/http/http_cli.hpp"
#include "patchbay/tools/http_bench/http_bench_cli.hpp"
#include "patchbay/tools/lab/lab_cli.hpp"
#include "patchbay/tools/scan/scan_cli.hpp"
#include "patchbay/tools/subnet/subnet_cli.hpp"

namespace patchbay {

namespace {

// A client of chats is a tool of its own, in the group that the server makes.
void join_the_chat(Command& patchbay) { declare_chat_join(*patchbay.find("chat")); }

}  // namespace

std::span<const Declare> all_tools() {
  // declare_bench_http and declare_bench_chat add to the group that declare_bench makes.
  static constexpr Declare tools[] = {declare_tcp,   declare_udp,        declare_http,
                                      declare_bench, declare_bench_http, declare_bench_chat,
                                      declare_chat,  join_the_chat,      declare_lab,
                                      declare_scan,  declare_subnet};
  return tools;
}

}  // namespace patchbay
