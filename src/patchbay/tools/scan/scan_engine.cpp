#include "patchbay/tools/scan/scan_engine.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/count_text.hpp"

namespace patchbay {

namespace {

constexpr std::string_view k_this_host = "this host reaches itself by sockets";
constexpr std::string_view k_no_right = "packets take the capability CAP_NET_RAW";

// The kernel makes no such packets for anybody.
bool is_only_by_packets(TcpMethod method) {
  return method != TcpMethod::connect && method != TcpMethod::syn;
}

std::string one_engine(TcpMethod method) {
  if (method == TcpMethod::connect) return "connect";
  return fmt::format("packet ({})", name_of(method));
}

}  // namespace

EngineChoice engines_for(std::optional<TcpMethod> wanted, const HostSplit& hosts, bool may_send) {
  const TcpMethod method = wanted.value_or(may_send ? TcpMethod::syn : TcpMethod::connect);
  EngineChoice choice{.elsewhere = method, .is_wished = wanted == TcpMethod::connect};
  if (is_only_by_packets(method)) choice.here = method;
  choice.takes_right = (!hosts.here.empty() && choice.here != TcpMethod::connect) ||
                       (!hosts.elsewhere.empty() && choice.elsewhere != TcpMethod::connect);
  return choice;
}

void note_engines(const EngineChoice& choice, const HostSplit& hosts, ScanPlan& plan) {
  plan.tcp = hosts.elsewhere.empty() ? choice.here : choice.elsewhere;
  plan.by_sockets = choice.here == plan.tcp ? IpSet() : hosts.here;
  const bool by_packets_alone = plan.tcp != TcpMethod::connect && plan.by_sockets.empty();
  plan.connects_why = {};
  if (by_packets_alone || choice.is_wished || plan.hosts.empty()) return;
  const bool is_here = !plan.by_sockets.empty() || hosts.elsewhere.empty();
  plan.connects_why = is_here ? k_this_host : k_no_right;
}

std::vector<ScanPlan> plans_by_engine(const ScanPlan& plan, const HostSplit& hosts) {
  if (plan.by_sockets.empty()) return {plan};
  ScanPlan here = plan;
  here.hosts = hosts.here;
  here.tcp = TcpMethod::connect;
  here.by_sockets = {};
  ScanPlan elsewhere = plan;
  elsewhere.hosts = hosts.elsewhere;
  elsewhere.by_sockets = {};
  return {std::move(here), std::move(elsewhere)};
}

Failure lacks_right(TcpMethod method) {
  return Failure(fmt::format("ports cannot be asked by {}", name_of(method)),
                 "packets of one's own take the capability CAP_NET_RAW",
                 "sudo patchbay scan …; or -sT and -sU, which need no right");
}

Failure lacks_right_to_resume(const std::string& path) {
  const std::string shown = escape_terminal(path);
  return Failure(fmt::format("cannot go on with {}", shown),
                 "what is left of it is asked by packets, which take the capability CAP_NET_RAW",
                 fmt::format("sudo patchbay scan --resume {}", shown));
}

std::string engines_to_string(const ScanPlan& plan) {
  std::string text = one_engine(plan.tcp);
  if (!plan.by_sockets.empty()) text += ", and connect for " + by_sockets_to_string(plan);
  if (!plan.connects_why.empty()) text += fmt::format(": {}", plan.connects_why);
  return text;
}

std::string by_sockets_to_string(const ScanPlan& plan) {
  const IpNumber count = plan.by_sockets.size();
  if (count == 1) return plan.by_sockets.at(0).to_string();
  return counted(count, "address") + " of this host";
}

}  // namespace patchbay
