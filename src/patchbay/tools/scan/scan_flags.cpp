#include "patchbay/tools/scan/scan_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "patchbay/tools/scan/scan_foreign_flags.hpp"

namespace patchbay {

namespace {

// -T: each at the place of its number.
constexpr std::array<std::string_view, 6> k_timing_names = {"paranoid", "sneaky",     "polite",
                                                            "normal",   "aggressive", "insane"};

void declare_targets(Command& scan, ScanFlags& o) {
  scan.argument("[TARGET]…", host(o.targets),
                "a name, an address, 10.0.0.0/24, 10.0.0.1-40, 10.0.0-3.1,7, 2001:db8::/120");
  scan.flag("-p, --ports PORTS", text(o.ports),
            "22,80,1000-2000, T:80,U:53, http,ssh; - for all 65,535");
  scan.flag("-F, --fast", toggle(o.fast), "the hundred most usual ports").excludes("ports");
  scan.flag("--top-ports N", count(o.top_ports, 1, 65'535), "so many of the usual ports")
      .excludes("ports")
      .excludes("fast");
  scan.flag("--services", toggle(o.services), "ask open ports what they serve (-sV)").alias("-sV");
  scan.flag("--hosts-only", toggle(o.hosts_only), "who is there, and no ports (-sn)")
      .alias("-sn")
      .alias("-sP")
      .excludes("ports");
  scan.flag("--dry-run", toggle(o.dry_run), "tell what would be sent, and send nothing")
      .not_a_setting();
  scan.flag("--list", toggle(o.list), "list the targets, and send nothing (-sL)")
      .alias("-sL")
      .not_a_setting();
}

void declare_choice_of_targets(Command& scan, ScanFlags& o) {
  scan.section("Targets");
  scan.flag("--input-list FILE", file(o.input_list), "targets from a file, - for stdin (-iL)")
      .alias("-iL")
      .not_a_setting();
  scan.flag("--exclude TARGET", text(o.exclude), "not these; may be given again");
  scan.flag("--exclude-file FILE", file(o.exclude_file),
            "nor those of a file; /etc/patchbay/scan-exclude always holds")
      .alias("--excludefile");
  scan.flag("--exclude-ports PORTS", text(o.exclude_ports), "not these ports");
  scan.flag("-4, --v4", toggle(o.v4), "only IPv4 addresses of names").excludes("v6");
  scan.flag("-6, --v6", toggle(o.v6), "only IPv6 addresses of names");
  scan.flag("--yes", toggle(o.yes), "more than a million probes to public addresses")
      .not_a_setting();
}

void declare_methods(Command& scan, ScanFlags& o) {
  scan.section("Method");
  scan.flag("--syn", toggle(o.syn), "TCP by SYN packets (-sS); needs CAP_NET_RAW")
      .alias("-sS")
      .excludes("connect");
  scan.flag("--connect", toggle(o.connect), "TCP by connections (-sT); needs no right")
      .alias("-sT");
  scan.flag("--ack", toggle(o.ack), "is there a firewall that keeps state (-sA)")
      .alias("-sA")
      .excludes("connect")
      .excludes("syn");
  scan.flag("--fin", toggle(o.fin), "by FIN (-sF)")
      .alias("-sF")
      .excludes("connect")
      .excludes("syn");
  scan.flag("--null", toggle(o.null), "by no flag at all (-sN)")
      .alias("-sN")
      .excludes("connect")
      .excludes("syn");
  scan.flag("--xmas", toggle(o.xmas), "by FIN, PSH and URG (-sX)")
      .alias("-sX")
      .excludes("connect")
      .excludes("syn");
  scan.flag("--udp", toggle(o.udp), "UDP (-sU), alone or beside one of these").alias("-sU");
  scan.flag("-R, --resolve", toggle(o.resolve), "look up the names of addresses that answer")
      .excludes("numeric");
  scan.flag("-n, --numeric", toggle(o.numeric), "look up no names of addresses, as is the default");
  scan.flag("--version-intensity N", count(o.version_intensity, 0, 9),
            "how much an unknown port is asked: 0 a little, 9 everything")
      .needs("services");
  scan.flag("--allow-ot", toggle(o.allow_ot),
            "ask printers and industrial ports for their service, too")
      .needs("services");
  scan.flag("--engine NAME",
            choice(o.engine, {{"auto", ScanEngine::automatic},
                              {"connect", ScanEngine::connect},
                              {"packet", ScanEngine::packet}}),
            "who asks: sockets of the kernel (connect), or packets of our own");
}

// By its number, or by the name that nmap's users know it by.
Value timing_level(std::uint32_t& level) {
  Value value = count(level, 0, k_timing_names.size() - 1);
  value.assign = [&level, number = std::move(value.assign)](
                     std::string_view word) -> std::expected<void, Failure> {
    const auto* const named = std::ranges::find(k_timing_names, word);
    if (named != k_timing_names.end()) {
      level = static_cast<std::uint32_t>(named - k_timing_names.begin());
      return {};
    }
    if (!word.empty() && word.front() >= '0' && word.front() <= '9') return number(word);
    return std::unexpected(Failure({}, "it is neither a number nor the name of one",
                                   fmt::format("0 to 5, or {}", fmt::join(k_timing_names, ", "))));
  };
  return value;
}

// Together they are what is asked, in place of what is usual.
void declare_discovery(Command& scan, ScanFlags& o) {
  scan.section("Who is there");
  scan.flag("--no-discovery", toggle(o.no_discovery),
            "ask hosts that seem not to be there, too (-Pn)")
      .alias("-Pn")
      .alias("-PN")
      .alias("-P0")
      .excludes("hosts-only");
  scan.flag("--ping-echo", toggle(o.ping_echo), "find out by ICMP echo (-PE)")
      .alias("-PE")
      .excludes("no-discovery");
  scan.flag("--ping-syn PORTS", text(o.ping_syn), "by a SYN, or a connection (-PS[PORTS])")
      .alias("-PS[443,80,22,445]")
      .excludes("no-discovery");
  scan.flag("--ping-ack PORTS", text(o.ping_ack), "by an ACK (-PA[PORTS])")
      .alias("-PA[443,80]")
      .excludes("no-discovery");
  scan.flag("--ping-udp PORTS", text(o.ping_udp), "by UDP, best where nobody listens (-PU[PORTS])")
      .alias("-PU[33434]")
      .excludes("no-discovery");
  scan.flag("--ping-neighbour", toggle(o.ping_neighbour),
            "by ARP or neighbour solicitation, on the same link only (-PR)")
      .alias("-PR")
      .excludes("no-discovery");
}

void declare_pace(Command& scan, ScanFlags& o) {
  ScanTimingFlags& timing = o.timing;
  scan.section("Pace");
  scan.flag("-T, --timing N", timing_level(timing.level),
            "from 0, unnoticed, to 5, impatient; or by nmap's names, as aggressive for 4");
  scan.flag("--timeout TIME", duration(timing.timeout, 10ms, 1min),
            "an answer to a try is waited for no longer")
      .alias("--max-rtt-timeout");
  scan.flag("--max-retries N", count(timing.max_retries, 0, 30), "further tries of silent ports");
  scan.flag("--max-rate N", count_rate(timing.max_rate, 0.001, 1e8),
            "probes a second, answered or not")
      .alias("--rate");
  scan.flag("--max-host-rate N", count_rate(timing.max_host_rate, 0.001, 1e8),
            "likewise to each host; 1,000 where it has a public address");
  scan.flag("--min-rate N", count_rate(timing.min_rate, 0.001, 1e8),
            "no fewer a second, however much is lost; below the ceilings");
  scan.flag("--scan-delay TIME", duration(timing.scan_delay, 1ms, 1h),
            "two probes to one host are never closer");
  scan.flag("--host-timeout TIME", duration(timing.host_timeout, 10ms, 8760h),
            "a host that takes longer is asked no more");
  scan.flag("--max-parallelism N", count(timing.max_parallelism, 1, 10'000'000),
            "probes on their way at a time");
  scan.flag("--initial-rtt-timeout TIME", duration(timing.first_timeout, 10ms, 1min),
            "what is waited for before anybody has answered");
  scan.flag("--min-rtt-timeout TIME", duration(timing.least_timeout, 1ms, 1min),
            "two tries are never closer");
  scan.flag("--wait TIME", duration(timing.wait, Duration(0), 1min),
            "for late answers, at the end, at most");
  scan.flag("--accuracy PERCENT", text(timing.accuracy),
            "go on until so many of the answering ports are found, also of hosts that hold back");
}

void declare_state(Command& scan, ScanFlags& o) {
  scan.section("Progress, and in parts");
  scan.flag("--stats-every TIME", duration(o.stats_every, 1s, 24h), "a line of progress so often");
  scan.flag("--packet-trace", toggle(o.packet_trace), "a line for each probe and each answer");
  scan.flag("--resume FILE", file(o.resume), "go on with a scan that was broken off")
      .not_a_setting();
  scan.flag("--checkpoint FILE", file(o.checkpoint), "where to keep how far it is").not_a_setting();
  scan.flag("--checkpoint-every TIME", duration(o.checkpoint_every, 1s, 24h), "how often")
      .needs("checkpoint");
  scan.flag("--shard K/N", text(o.shard), "the K-th of N parts that have the same --seed")
      .needs("seed")
      .not_a_setting();
  scan.flag("--seed N", count(o.seed), "the order of the probes").not_a_setting();
}

void declare_network(Command& scan, ScanFlags& o) {
  scan.section("Network");
  scan.flag("-e, --interface NAME", interface(o.interface), "leave by this one");
  scan.flag("-S, --source ADDR", text(o.source), "from this address of the host");
  scan.flag("-g, --source-port PORT", count(o.source_port, 1, 65'535), "from this port")
      .alias("--source_port");
  scan.flag("--ttl N", count(o.ttl, 1, 255), "how many routers may pass a probe on");
}

}  // namespace

void declare_scan_flags(Command& scan, ScanFlags& flags) {
  declare_targets(scan, flags);
  declare_choice_of_targets(scan, flags);
  declare_methods(scan, flags);
  declare_discovery(scan, flags);
  declare_pace(scan, flags);
  declare_scan_outputs(scan, flags.output);
  declare_state(scan, flags);
  declare_network(scan, flags);
  declare_foreign_flags(scan);
}

}  // namespace patchbay
