// `http probe` as a library: asks a server one awkward question after the other.
#pragma once

#include <functional>
#include <vector>

#include "patchbay/http/http_dial.hpp"
#include "patchbay/tools/http/probe_verdict.hpp"

namespace patchbay {

struct ProbeOptions {
  HttpUrl url;
  const TlsContext* tls = nullptr;  // for https; lives as long as the probe
  Duration timeout = 5s;            // for each question, with its connection
  Duration settle = 400ms;          // how long to wait for what should not come
};

// One question on a connection of its own, with a harmless one behind it. Faults: those of
// dial_http; whatever the server does then is an answer.
Task<Result<ProbeHeard>> ask_question(const ProbeOptions& options, const HttpQuestion& question);

// The target that a URL names.
ProbeTarget probe_target(const HttpUrl& url);

// The status of an ordinary GET, by which others are judged. `protocol` when there is none.
Task<Result<int>> ask_for_base(const ProbeOptions& options);

}  // namespace patchbay
