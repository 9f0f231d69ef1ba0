// HttpBenchDial: how the connections of a load over HTTP are made, and made again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/net/tls_context.hpp"
#include "patchbay/tools/bench_tally.hpp"
#include "patchbay/tools/http_bench/http_bench_options.hpp"

namespace patchbay {

// One for each loop. All connections go to the address that the first one was made to. What fails
// is put down in the report.
class HttpBenchDial {
 public:
  struct Books {
    BenchTally& tally;
    BenchReport& report;
    HttpBenchCounts& counts;
  };

  // Everything named here outlives it; `alpn` is what to offer where TLS is spoken.
  HttpBenchDial(const HttpBenchOptions& options, Duration timeout, std::string alpn, Books books)
      : options_(options), timeout_(timeout), alpn_(std::move(alpn)), books_(books) {}

  // Opens `connections` of them. An error when there is none at all.
  Task<Result<>> open_first(std::uint32_t connections);
  // Takes one of these over; nothing when it is not there.
  std::optional<Stream> take(std::size_t index);

  // One in place of another. Nothing, after a pause, when the server is away.
  Task<std::optional<Stream>> open_another(std::optional<Instant>& away);
  // Is there a point in trying again? A load by time ends by itself, one by requests would not.
  bool may_try_again(const std::optional<Instant>& away, const HttpBenchQuota& quota) const;

 private:
  Result<> prepare();
  Task<Result<Stream>> open();
  Task<> open_some();
  void keep(Stream stream);

  const HttpBenchOptions& options_;
  const Duration timeout_;
  const std::string alpn_;
  const Books books_;
  std::optional<TlsContext> tls_;
  std::optional<Endpoint> peer_;
  std::vector<std::optional<Stream>> streams_;
  std::uint32_t left_ = 0;  // to be opened
};

}  // namespace patchbay
