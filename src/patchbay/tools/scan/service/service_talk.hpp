// ServiceTalk: the connections to one port, until it is known what it serves. One talk is in the
// clear, a second one inside TLS where the first has found that.
//
// It waits for a greeting, and then asks one probe after the other, a short step apart, each on a
// connection of its own. None is given up because the next one is asked: a server may think for a
// second before it answers a GET, and whoever is answered first ends the talk.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/tools/scan/service/service_match.hpp"
#include "patchbay/tools/scan/service/service_options.hpp"
#include "patchbay/tools/scan/service/service_tls.hpp"

namespace patchbay {

// What the ports of one scan share.
struct ServiceTools {
  const ServiceOptions& options;
  ServiceMatcher matcher = {};
  ServiceTls tls = {};
};

class ServiceTalk {
 public:
  // `tools` and `target` outlive it. Nothing of it goes on after `by`.
  ServiceTalk(ServiceTools& tools, const ServiceTarget& target, bool inside_tls, Deadline by);

  // Once. Where it is cancelled, what was found by then is there.
  Task<> run();

  bool connected() const { return connected_; }
  // The peer speaks TLS: what is known is only how it answers those who do not.
  bool wants_tls() const { return wants_tls_; }
  bool agreed_on_tls() const { return tls_info_.has_value(); }
  // Nothing: nobody can tell.
  std::optional<ServiceFinding> finding() const;

 private:
  // What one connection brought.
  struct Heard {
    std::string bytes = {};
    std::optional<ServiceVerdict> verdict = {};
    bool ended = false;  // by the peer
  };

  static Task<> talk(TaskGroup& group, ServiceTalk& self);
  Task<Result<Stream>> open(ServiceAlpn alpn);
  Task<Result<TcpStream>> dial();
  Task<Result<Stream>> open_first();
  Task<Heard> hear(Stream& stream, const ServiceProbe* asked, std::string_view sent,
                   Duration patience, Heard heard);
  Task<Heard> hear_greeting(Stream& stream);
  // On a connection of its own, unless there is one. Null: nothing is said, only heard.
  Task<> ask(const ServiceProbe* probe, std::optional<Stream> stream);
  Task<> ask_all(TaskGroup& group, std::optional<Stream> stream);
  Task<> follow(std::optional<Stream> stream);
  Task<bool> step();

  void consider(const ServiceProbe* asked, const Heard& heard);
  bool knows_enough() const { return known_ || wants_tls_ || next_ != nullptr; }
  bool is_over() const;
  Duration at_least(Duration least) const;
  ProbePlaces places() const;

  ServiceTools& tools_;
  const ServiceTarget& target_;
  const bool inside_tls_;
  const Deadline by_;
  Duration round_trip_{};
  bool connected_ = false;
  bool wants_tls_ = false;
  bool known_ = false;           // nothing more is to be asked
  bool closes_at_once_ = false;  // before anything was said
  bool cancelled_ = false;
  const ServiceProbe* next_ = nullptr;       // to be asked for more
  const ServiceProbe* following_ = nullptr;  // … and being asked
  std::optional<ServiceFinding> finding_;
  std::string line_;  // of somebody unknown
  std::optional<TlsInfo> tls_info_;
  std::size_t asking_ = 0;
  Event answered_;  // a probe has come to its end
};

}  // namespace patchbay
