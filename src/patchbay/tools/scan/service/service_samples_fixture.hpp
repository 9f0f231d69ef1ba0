// For tests: a reply for each match of data/probes.toml, and what it has to give.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>

namespace patchbay {

struct ServiceSample {
  std::string_view probe;  // its id
  std::size_t match;       // of the probe, from 0 on
  std::string_view bytes;
  bool gives;  // what follows is what it captures
  std::string_view product;
  std::string_view version;
  std::string_view info;
};

std::span<const ServiceSample> service_samples();

// Likewise for each step on a way to TLS: a whole reply, and whether it goes on then.
struct StartTlsSample {
  std::string_view service;
  std::size_t step;  // from 0 on
  std::string_view reply;
  bool goes_on;
};

std::span<const StartTlsSample> start_tls_samples();

}  // namespace patchbay
