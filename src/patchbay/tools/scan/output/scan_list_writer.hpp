// ScanListWriter: a line an open port, "10.0.0.7 22 tcp open", as soon as it is found (-oL).
#pragma once

#include "patchbay/tools/scan/output/scan_sink.hpp"
#include "patchbay/tools/scan/output/told_ports.hpp"
#include "patchbay/tools/scan/scan_listener.hpp"

namespace patchbay {

class ScanListWriter final : public ScanListener {
 public:
  // What is given outlives it; `told` is kept by whoever calls.
  ScanListWriter(const ToldPorts& told, ScanSink& sink) : told_(told), sink_(sink) {}

  void found(const IpAddress& address, const PortFinding& finding) override;
  void host(const HostReport& report) override;

 private:
  void line(const IpAddress& address, const ScanPort& port);

  const ToldPorts& told_;
  ScanSink& sink_;
};

}  // namespace patchbay
