// What is asked of -sV: whom, how long, and how far.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "patchbay/base/time.hpp"
#include "patchbay/net/address.hpp"
#include "patchbay/tools/scan/scan_port.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

struct ServiceOptions {
  unsigned intensity = 7;     // 0 to 9: which probes an unknown port gets (ServiceProbe::intensity)
  bool allow_ot = false;      // printers and industrial ports too, and probes that are not safe
  std::size_t at_once = 64;   // ports that are asked at a time; each has up to a dozen connections
  Duration budget = 10s;      // for one port, whatever it does
  Duration greeting = 150ms;  // is waited for, and 3 round trips where that is more
  Duration step = 100ms;      // from one probe to the next while none is answered; likewise
  Duration patience = 2s;     // for a connection, an answer to one probe, the end of a greeting
  Duration web_patience = 5s;            // for the answer of a web server: some think for long
  std::string interface = {};            // leave by this one only
  std::optional<IpAddress> source = {};  // … from this address
};

struct ServiceTarget {
  IpAddress address;
  ScanPort port;                            // tcp or udp; other protocols have no services
  std::string name = {};                    // for TLS (SNI) and HTTP; empty: the address will do
  std::optional<Duration> round_trip = {};  // as far as it is known
};

struct ServiceAnswer {
  bool asked = false;      // false: left alone, or not come to
  bool connected = false;  // a second proof of "open", by the kernel
  bool is_cut = false;     // by a cancel: there may be more to know
  std::optional<ServiceFinding> finding = {};
};

}  // namespace patchbay
