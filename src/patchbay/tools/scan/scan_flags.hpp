// What `patchbay scan` takes from the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/tools/command.hpp"
#include "patchbay/tools/scan/output/scan_output_flags.hpp"
#include "patchbay/tools/scan/run/scan_timing.hpp"

namespace patchbay {

enum class ScanEngine : std::uint8_t { automatic, connect, packet };

struct ScanFlags {
  std::vector<std::string> targets;
  std::optional<std::string> input_list;
  std::vector<std::string> exclude;
  std::optional<std::string> exclude_file;
  bool v4 = false;
  bool v6 = false;

  std::optional<std::string> ports;
  bool fast = false;
  std::optional<std::uint32_t> top_ports;
  std::vector<std::string> exclude_ports;

  bool connect = false;
  bool syn = false;
  bool ack = false;
  bool fin = false;
  bool null = false;
  bool xmas = false;
  bool udp = false;
  bool hosts_only = false;
  bool no_discovery = false;
  bool ping_echo = false;
  std::optional<std::string> ping_syn;  // ports
  std::optional<std::string> ping_ack;
  std::optional<std::string> ping_udp;
  bool ping_neighbour = false;
  bool services = false;
  bool numeric = false;
  bool resolve = false;
  bool allow_ot = false;
  std::uint32_t version_intensity = 7;
  bool list = false;
  bool dry_run = false;

  ScanTimingFlags timing;

  ScanEngine engine = ScanEngine::automatic;
  std::optional<std::string> interface;
  std::optional<std::string> source;
  std::optional<std::uint16_t> source_port;
  std::optional<std::uint32_t> ttl;

  ScanOutputFlags output;
  std::optional<Duration> stats_every;
  bool packet_trace = false;

  std::optional<std::string> resume;
  std::optional<std::string> checkpoint;
  Duration checkpoint_every = 30s;
  std::optional<std::string> shard;
  std::optional<std::uint64_t> seed;
  bool yes = false;
};

void declare_scan_flags(Command& scan, ScanFlags& flags);

}  // namespace patchbay
