#include "patchbay/cli/tools.hpp"

#include "patchbay/tools/echo/echo_cli.hpp"
#include "patchbay/tools/http/http_cli.hpp"
#include "patchbay/tools/http_bench/http_bench_cli.hpp"
#include "patchbay/tools/lab/lab_cli.hpp"
#include "patchbay/tools/scan/scan_cli.hpp"
#include "patchbay/tools/subnet/subnet_cli.hpp"

namespace patchbay {

std::span<const Declare> all_tools() {
  // declare_bench_http adds to the group that declare_bench makes.
  static constexpr Declare tools[] = {declare_tcp,   declare_udp,        declare_http,
                                      declare_bench, declare_bench_http, declare_lab,
                                      declare_scan,  declare_subnet};
  return tools;
}

}  // namespace patchbay
