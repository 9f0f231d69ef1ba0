// For tests of the engine that needs no right: a plan in a line, a run of it on the kernel's own
// sockets, and what it told.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/tools/loopback_fixture.hpp"
#include "patchbay/tools/scan/probe/connect_prober.hpp"
#include "patchbay/tools/scan/probe/connect_sockets.hpp"
#include "patchbay/tools/scan/probe/scan_states_fixture.hpp"

namespace patchbay {

// `hosts` as IpRange::parse() reads them.
inline ScanPlan plan_of(std::string_view hosts, const std::vector<std::uint16_t>& ports,
                        ScanProtocol protocol = ScanProtocol::tcp) {
  const std::vector<IpRange> ranges = {*IpRange::parse(hosts)};
  ScanPlan plan{.hosts = IpSet(ranges), .ports = {}, .tcp = TcpMethod::connect};
  for (const std::uint16_t port : ports) plan.ports.push_back({protocol, port});
  return plan;
}

// A scan with its loop, and what it told.
class ConnectScan {
 public:
  explicit ConnectScan(ScanPlan plan, const ScanPace& pace = {})
      : plan_(std::move(plan)), run_(plan_, pace, listener_, 1) {
    auto made =
        Loop::make({.notice = [this](std::string_view text) { notices_.emplace_back(text); }});
    if (made) loop_ = std::move(*made);
  }

  Result<> run(ConnectProberOptions options = {}) {
    return loop_->run(probe_by_connect(run_, std::move(options)));
  }
  // While `beside` runs.
  Result<> run_with(Task<Result<>> beside) {
    const LoopGuard guard(*loop_);
    return loop_->run(both(probe_by_connect(run_), std::move(beside)));
  }
  // Beside a service, which ends with it.
  Result<> run_beside(Task<Result<>> service, ConnectProberOptions options = {}) {
    const LoopGuard guard(*loop_);
    return loop_->run(either(probe_by_connect(run_, std::move(options)), std::move(service)));
  }
  HostReport host(std::uint64_t index = 0) const { return run_.report(index); }
  std::map<std::uint16_t, PortVerdict> states(std::uint64_t index = 0) const {
    return states_of(run_.report(index));
  }
  ScanTotals totals() { return run_.totals(loop_->now()); }
  Loop& loop() { return *loop_; }
  const std::vector<std::string>& notices() const { return notices_; }

 private:
  ScanPlan plan_;
  ScanListener listener_;
  ScanRun run_;
  std::vector<std::string> notices_;
  std::unique_ptr<Loop> loop_;
};

// No further descriptor for so long.
inline Task<Result<>> take_descriptors_away(Duration time) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{.rlim_cur = 3, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const auto slept = co_await sleep_for(time);
  ::setrlimit(RLIMIT_NOFILE, &before);
  co_return slept;
}

}  // namespace patchbay
