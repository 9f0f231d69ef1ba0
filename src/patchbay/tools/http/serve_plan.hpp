// HttpServePlan: all that is known of a server before it begins, or begins anew: the flags and the
// settings file both become one.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/http/http_options.hpp"
#include "patchbay/net/address.hpp"
#include "patchbay/net/tls_context.hpp"
#include "patchbay/tools/http/access_log.hpp"
#include "patchbay/tools/http/serve_options.hpp"
#include "patchbay/tools/http/site.hpp"
#include "patchbay/tools/inherited_sockets.hpp"
#include "patchbay/tools/listen_on.hpp"
#include "patchbay/tools/self_certificate.hpp"

namespace patchbay {

// Where to listen: an address that is to be opened, or a socket that the parent has opened.
struct ServeAddress {
  Endpoint asked = {};
  int inherited = -1;   // its descriptor
  bool plain = false;   // in the clear, although there is TLS, or might be
  Endpoint bound = {};  // for several loops: `asked` with the port that was found for port 0

  // The same socket serves both: one may become `plain` and stay open. Not so at port 0, which is
  // another port for each of the two kinds.
  friend bool operator==(const ServeAddress& a, const ServeAddress& b) {
    return a.asked == b.asked && a.inherited == b.inherited &&
           (a.plain == b.plain || a.asked.port() != 0);
  }
};

struct HttpServePlan {
  std::vector<ServeAddress> addresses = {};
  std::vector<ServeAddress> metrics = {};    // where the numbers are told; none: nowhere
  std::vector<SiteOptions> sites = {};       // at most one has no hosts
  std::optional<TlsServerOptions> tls = {};  // at every address that is not `plain`
  bool tls_self = false;                     // with a certificate made here, which `tls` names
  std::shared_ptr<const SelfCertificate> own_certificate = {};  // that one
  bool redirects_to_tls = false;                                // whoever comes without
  HttpLimits limits = {};
  Duration grace = 10s;
  LogFormat log = LogFormat::common;
  unsigned threads = 1;
  int backlog = 4096;
  bool may_change = false;  // the log and the metrics too, when it is read again
};

// A failure, and the code to exit with if it is what ends the command.
struct ServeFault {
  Failure failure;
  int code = exit_failed;
};

// Reads it again, as SIGHUP asks: the failures are all that is wrong with it. Called beside the
// loop.
using ReadServePlan = std::function<std::expected<HttpServePlan, std::vector<Failure>>()>;

// All but where to listen, the sites and their certificates.
HttpServePlan plan_of(const ServeOptions& options);

// What finds the addresses behind a name or an address that is written out.
using LookUp = Result<std::vector<Endpoint>> (*)(const HostPort& where);

// Where "[ADDR:]PORT" is.
std::expected<std::vector<ServeAddress>, Failure> addresses_of(
    const std::vector<std::string>& texts, LookUp look_up = listen_endpoints);
// Likewise; without any text they are `inherited`, and without those 127.0.0.1:8080. An inherited
// socket is plain by its name: "http" or "plain", or that behind a dash, as in "web-http.socket".
std::expected<std::vector<ServeAddress>, Failure> addresses_of(
    const std::vector<std::string>& texts, const std::vector<InheritedSocket>& inherited,
    LookUp look_up = listen_endpoints);

// Further addresses of a plan: those in the clear.
std::expected<void, Failure> add_plain_addresses(const std::vector<std::string>& texts,
                                                 HttpServePlan& plan,
                                                 LookUp look_up = listen_endpoints);

// Can nobody but this host reach the server?
bool is_local(const HttpServePlan& plan);

// What cannot be, once addresses and certificates are known: addresses in the clear beside none
// that speaks TLS, or one that is both; and a redirect from nowhere. Without a certificate it does
// not matter what an inherited socket is called.
std::expected<void, Failure> check_plain_addresses(const HttpServePlan& plan);
std::expected<void, Failure> check_redirect(const HttpServePlan& plan);

// What cannot be: two sites with one host, two for the others. The failure is the second's.
std::expected<void, Failure> check_hosts(const std::vector<SiteOptions>& sites);

// Opens everything but the addresses, and closes it again: what a server of this plan would fail
// of.
std::vector<ServeFault> try_plan(const HttpServePlan& plan);

// The same of the certificates alone; the context, or what is wrong with each of them.
std::expected<TlsContext, std::vector<ServeFault>> make_tls(const TlsServerOptions& options);

}  // namespace patchbay
