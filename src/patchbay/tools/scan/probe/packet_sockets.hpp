// PacketSockets: all that a scan by packets has open: the links that probes leave by, the ports
// that they leave from, and the socket that answers come by.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "patchbay/net/frame_reader.hpp"
#include "patchbay/tools/scan/probe/packet_answer.hpp"
#include "patchbay/tools/scan/probe/packet_prober.hpp"
#include "patchbay/tools/scan/probe/packet_ways.hpp"
#include "patchbay/tools/scan/probe/port_reservation.hpp"

namespace patchbay {

class PacketSockets {
 public:
  static constexpr std::size_t k_questions = 32;  // to neighbours, beside one batch

  PacketSockets() = default;
  PacketSockets(const PacketSockets&) = delete;
  PacketSockets& operator=(const PacketSockets&) = delete;

  // Once; takes up the right that it needs. The plan outlives it. Faults: those of
  // probe_by_packets().
  Result<> open(const ScanPlan& plan, const PacketProberOptions& options,
                std::size_t batch_packets);

  // All of them are there when it is open.
  std::unique_ptr<PacketWays> ways;
  ProbePorts ports;
  std::optional<ProbeCookies> cookies;
  std::optional<AnswerReader> answers;
  std::optional<FrameReader> reader;

 private:
  Result<> reserve_ports(const ScanPlan& plan, std::uint16_t source_port);
  Result<> open_reader(const PacketRingOptions& ring);

  std::optional<PortReservation> reservation_;
  KernelHopFinder kernel_;
};

}  // namespace patchbay
