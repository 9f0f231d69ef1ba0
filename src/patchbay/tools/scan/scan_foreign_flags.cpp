#include "patchbay/tools/scan/scan_foreign_flags.hpp"

#include <initializer_list>

namespace patchbay {

namespace {

// Spellings of one kind.
struct Foreign {
  std::initializer_list<const char*> spellings;
  const char* why;
  const char* remedy;
};

constexpr const char* k_leave_it_out = "leave it out";

constexpr Foreign k_foreign[] = {
    {{"-A"},
     "no operating systems are guessed, no scripts run and no routes traced",
     "-sV, which tells products, versions, titles and certificates"},
    {{"-O", "--osscan", "--fuzzy", "--max-os-tries"},
     "operating systems are not guessed",
     "nmap -O, at the ports that this finds"},
    {{"-sC", "--script"},
     "no scripts are run",
     "-sV, which tells products, versions, titles and certificates"},
    {{"--traceroute"}, "routes are not traced", "mtr or traceroute"},
    {{"-sW"}, "the windows of resets are not looked at", "-sA"},
    {{"-sM", "--scanflags"}, "there are segments of five kinds", "-sS, -sA, -sF, -sN or -sX"},
    {{"-sO", "-PO"}, "protocols above IP are not asked for", "nmap -sO"},
    {{"-sY", "-sZ", "-PY"}, "SCTP is not spoken", "nmap -sY"},
    {{"-sI", "-b"}, "nobody is asked by way of somebody else", "-sS, or -sT"},
    {{"-PP", "-PM"}, "no times and no masks are asked for, which hardly anybody tells", "-PE"},
    {{"-PI"}, "it has another letter now", "-PE"},
    {{"-PT"}, "it has another letter now", "-PA[PORTS]"},
    {{"-iR"}, "nobody is scanned by chance", "name those whom you may scan"},
    {{"-r"}, "ports have an order of their own", "--seed N: the same order each time"},
    {{"-D", "-f", "--mtu", "--data", "--ip-options", "--badsum", "--spoof-mac", "--proxies"},
     "probes hide nothing and are nobody else's",
     "nmap has it; -S for another address of this host"},
    {{"--version-light"}, "it is a number", "--version-intensity 2"},
    {{"--version-all"}, "it is a number", "--version-intensity 9"},
    {{"--version-trace"}, "what services are asked is not traced", "-sV --reason"},
    {{"--banners"}, "services are asked for what they are", "-sV"},
    {{"--min-hostgroup", "--max-hostgroup"},
     "all hosts are asked at the same time",
     k_leave_it_out},
    {{"--min-parallelism"},
     "what is answered decides how many are asked at a time",
     "--min-rate N"},
    {{"--max-scan-delay"}, "a host that holds back is not waited for", "--scan-delay TIME"},
    {{"--defeat-rst-ratelimit", "--defeat-icmp-ratelimit"},
     "a host that holds back is not waited for, unless --accuracy is given",
     k_leave_it_out},
    {{"--disable-arp-ping"}, "with a way that is named no other is taken", "-PE, -PS, -PA or -PU"},
    {{"--port-ratio"}, "how often ports are open is not known here", "--top-ports N"},
    {{"--privileged"}, "who asks is an engine", "--engine packet"},
    {{"--unprivileged"}, "who asks is an engine", "--engine connect"},
    {{"--send-eth", "--send-ip"}, "the way to each target decides that", k_leave_it_out},
    {{"--dns-servers", "--system-dns"},
     "names are asked as /etc/hosts and /etc/resolv.conf say",
     "-R for those of addresses"},
    {{"--resolve-all"}, "all addresses of a name are scanned", k_leave_it_out},
    {{"--iflist"}, "that is no scan", "ip address; ip route"},
    {{"-d", "--debug"}, "there are fewer levels", "-v, -vv, --packet-trace"},
    {{"-oS"}, "nobody reads that", "-oN FILE"},
    {{"-oM"}, "it has another letter now", "-oG FILE"},
    {{"--stylesheet", "--webxml", "--no-stylesheet"},
     "its XML names no stylesheet",
     k_leave_it_out},
    {{"--log-errors", "--noninteractive"},
     "errors are on stderr, and keys are heard on a terminal only",
     k_leave_it_out},
};

}  // namespace

void declare_foreign_flags(Command& scan) {
  for (const Foreign& foreign : k_foreign) {
    for (const char* const spelling : foreign.spellings) {
      scan.foreign_flag(spelling, foreign.why, foreign.remedy);
    }
  }
}

}  // namespace patchbay
