// The services that a scan knows: data/probes.toml, made into tables at build time.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/tools/scan/scan_port.hpp"

namespace patchbay {

// What a reply may look like, and what follows from it.
struct ServiceMatch {
  enum class Decode : std::uint8_t {
    text,
    hex,      // `info` is captured as bytes and told in hexadecimal
    numbers,  // `version` is captured as 4 bytes and told as u8.u8.u16
  };

  std::string_view service;  // empty: only what comes `then` can tell
  std::string_view prefix;   // bytes
  std::string_view regex;    // of RE2, over bytes, anchored at the front
  std::string_view product;  // unless it is captured
  std::string_view info;     // likewise
  std::string_view then;     // the id of a probe that tells more; empty: nothing more to tell
  Decode decode;
  bool anywhere;  // counts whatever was asked
};

// What is said to a port, or, where the server speaks first, what is heard from it.
struct ServiceProbe {
  std::string_view id;
  std::string_view service;  // "ssh"
  std::string_view send;  // bytes, with {host} and {name} in them; empty where the server is first
  std::string_view spec;
  std::span<const std::uint16_t> ports;      // where it is likely
  std::span<const std::uint16_t> tls_ports;  // … inside TLS
  std::span<const ServiceMatch> matches;
  ScanProtocol transport;
  std::uint8_t intensity;  // 0 to 9: how far one has to want to know in order to ask it anywhere
  bool server_first;
  bool tls;   // is also spoken inside TLS
  bool safe;  // harms nobody who expects something else
};

// What is said until a service that was found in the clear speaks TLS, step by step.
struct StartTlsStep {
  std::string_view send;  // bytes, with {name} in them; empty where the server is first
  // Expressions of RE2 over bytes, anchored at the front. Empty: nobody answers, and TLS begins.
  std::string_view whole;  // that is all
  std::string_view yes;    // … and it goes on
};

struct StartTls {
  std::string_view service;  // as ServiceMatch has it
  std::string_view spec;
  std::span<const StartTlsStep> steps;
};

struct PortRange {
  std::uint16_t first;
  std::uint16_t last;
};

std::span<const ServiceProbe> service_probes();
std::span<const StartTls> start_tls_ways();

// Printers and what runs machines: they are not even connected to, unless asked for.
std::span<const PortRange> left_alone_ports();
bool is_left_alone(std::uint16_t port);

const ServiceProbe* service_probe(std::string_view id);  // null: there is none

const StartTls* start_tls_of(std::string_view service);  // null: there is no way

// The payload that a service on this UDP port answers to; null: none is known.
const ServiceProbe* udp_probe(std::uint16_t port);

// For the places in what is sent.
struct ProbePlaces {
  std::string host;  // {host}: as in a Host field, with its port where that is not the usual one
  std::string name;  // {name}: a name or an address alone
};

// The bytes to send.
std::string bytes_to_send(std::string_view send, const ProbePlaces& places);
std::string probe_bytes(const ServiceProbe& probe, const ProbePlaces& places);

}  // namespace patchbay
