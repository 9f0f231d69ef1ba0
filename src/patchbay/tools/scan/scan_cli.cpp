#include "patchbay/tools/scan/scan_cli.hpp"

#include "patchbay/tools/run_tool.hpp"
#include "patchbay/tools/scan/output/scan_diff_cli.hpp"
#include "patchbay/tools/scan/scan_session.hpp"

namespace patchbay {

namespace {

Task<int> scan(const ScanFlags& flags, Output& out) {
  ScanSession session(flags, out);
  co_return co_await session.run();
}

int run_scan(const ScanFlags& flags, Output& out) { return run_tool(scan(flags, out), out); }

}  // namespace

void declare_scan(Command& patchbay) {
  auto [scan, o] = patchbay.add("scan", "find open ports and what serves there", run_scan);
  declare_scan_flags(scan, o);
  scan.example("patchbay scan 10.0.0.7", "the usual ports of a host");
  scan.example("patchbay scan -p- 10.0.0.7", "all 65,535 of them");
  scan.example("patchbay scan -sn 10.0.0.0/24", "who is there");
  scan.example("patchbay scan -sn -PE -PS22,443 10.0.0.0/24", "by a ping and two ports");
  scan.example("patchbay scan -sV -p 22,80,443 web1.lab db1.lab", "what is served there");
  scan.example("patchbay scan web1.lab --expect 'tcp/443 open'",
               "in a pipeline: exit 5 unless it is so");
  scan.exit_code(exit_partly,
                 "names that have no address, hosts without a route or given up on, answers that "
                 "may have been missed");
  scan.exit_code(exit_condition, "what --expect says does not hold");
  scan.see_also("nmap(1)");
  scan.describe(
      "Asks ports of hosts whether they are open. An answer makes room for the next probe, so a "
      "host "
      "that answers is asked as fast as it does; silence is paced: so many unanswered probes a "
      "second and no more. Who is silent is asked again, nobody else, until the open ports that "
      "may "
      "have been missed are fewer than one in a thousand scans; the last line says how many that "
      "are.\n\n"
      "Where this process may send packets (CAP_NET_RAW), TCP is asked by SYN packets; otherwise, "
      "and of this host itself, by connections, and UDP by connected sockets. Several hosts are "
      "first asked whether they are there. Without -p the 120 usual ports of TCP are asked, and of "
      "UDP 40.\n\n"
      "While it runs on a terminal, space tells how far it is, s skips the host that has been most "
      "silent, and + and - double and halve the ceiling of unanswered probes.\n\n"
      "A target named 'diff' is written 'diff.', since scan diff is a command.");
  declare_scan_diff(scan);
}

}  // namespace patchbay
