// HttpClientBody: the body of an answer as the caller of a client reads it: in the time that its
// request has, and at the least rate.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "patchbay/http/http_client_pool.hpp"
#include "patchbay/http/http_source.hpp"

namespace patchbay {

struct HttpBodyTerms {
  std::string origin;            // of whom errors tell
  std::uint64_t least_rate = 0;  // bytes a second; 0: as slow as it likes
  Duration grace{};              // before the rate counts
  Deadline deadline = {};        // of the request
};

class HttpClientBody final : public HttpSource {
 public:
  // Without a source it is empty.
  HttpClientBody(std::unique_ptr<HttpSource> from, HttpBodyTerms terms)
      : from_(std::move(from)), terms_(std::move(terms)), size_(from_ ? from_->size() : 0) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override;

 private:
  Deadline slowest_allowed() const;
  Error too_slow() const;

  std::unique_ptr<HttpSource> from_;
  HttpBodyTerms terms_;
  std::optional<std::uint64_t> size_;
  Duration waited_{};  // for the server, and not for whoever reads
  std::uint64_t read_bytes_ = 0;
  std::optional<Error> failure_;
};

// The body of an answer over HTTP/1. It has the connection for as long as there is something to
// read, and then gives it to the pool.
class Http1ClientBody final : public HttpSource {
 public:
  Http1ClientBody(std::unique_ptr<HttpClientConnection> connection,
                  std::shared_ptr<HttpClientPool> pool, std::optional<std::uint64_t> size)
      : connection_(std::move(connection)), pool_(std::move(pool)), size_(size) {}

  std::optional<std::uint64_t> size() const override { return size_; }
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override;

 private:
  std::unique_ptr<HttpClientConnection> connection_;
  std::shared_ptr<HttpClientPool> pool_;
  std::optional<std::uint64_t> size_;
};

}  // namespace patchbay
