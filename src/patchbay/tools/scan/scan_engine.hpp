// Which engine asks whom: packets of our own, or the sockets of the kernel.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"
#include "patchbay/tools/scan/targets/host_split.hpp"

namespace patchbay {

// `connect`: by sockets, UDP as well.
struct EngineChoice {
  TcpMethod here = TcpMethod::connect;  // how this host is asked
  TcpMethod elsewhere = TcpMethod::connect;
  bool takes_right = false;  // CAP_NET_RAW, for some of the hosts
  bool is_wished = false;    // by sockets, and whoever they are
};

// `wanted` is what the user says; nothing: packets where this process may send them. This host is
// asked by sockets unless only packets can ask what is wanted.
EngineChoice engines_for(std::optional<TcpMethod> wanted, const HostSplit& hosts, bool may_send);

// Of the scan's own plan: who is asked by which engine, and why.
void note_engines(const EngineChoice& choice, const HostSplit& hosts, ScanPlan& plan);

// A noted plan, cut into one for each engine: one where all are asked alike, so that they are told
// in their order; else that of this host first. None is without hosts.
std::vector<ScanPlan> plans_by_engine(const ScanPlan& plan, const HostSplit& hosts);

// Why it cannot be done without CAP_NET_RAW.
Failure lacks_right(TcpMethod method);
// … nor gone on with what that file has.
Failure lacks_right_to_resume(const std::string& path);

// "packet (syn)"; "packet (syn), and connect for 127.0.0.1: this host reaches itself by sockets"
std::string engines_to_string(const ScanPlan& plan);
// ScanPlan::by_sockets: "127.0.0.1", "3 addresses of this host".
std::string by_sockets_to_string(const ScanPlan& plan);

}  // namespace patchbay
