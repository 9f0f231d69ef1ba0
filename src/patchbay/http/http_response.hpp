// HttpResponse: an answer, before anybody has decided how it travels. The server adds Date and what
// frames the message (Content-Length, Transfer-Encoding, Connection).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "patchbay/http/http_source.hpp"
#include "patchbay/net/stream.hpp"

namespace patchbay {

using HttpFieldList = std::vector<std::pair<std::string, std::string>>;

// An open file that answers share. The last one closes it. It is read at offsets of the reader's
// own, so several may do so at a time, on any thread.
class HttpFile {
 public:
  // Takes the descriptor over.
  explicit HttpFile(int descriptor) : descriptor_(descriptor) {}
  ~HttpFile();
  HttpFile(const HttpFile&) = delete;
  HttpFile& operator=(const HttpFile&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// Bytes of a regular file. If it has become shorter meanwhile the answer is cut, over HTTP/1 with
// its connection: nobody can take the length back.
struct HttpFilePart {
  std::shared_ptr<const HttpFile> file;
  std::uint64_t offset = 0;  // bytes
  std::uint64_t length = 0;  // bytes
};

// Sent one after the other.
using HttpParts = std::vector<std::variant<std::string, HttpFilePart>>;

// An answer that is made once and sent often. `fields` are all but Date and what frames it; the
// same, as the lines of HTTP/1 with Content-Length, are `lines`.
struct HttpPrepared {
  int status = 200;
  HttpFieldList fields;
  std::string lines;
  std::string body;

  static std::shared_ptr<const HttpPrepared> make(int status, HttpFieldList fields,
                                                  std::string body);
};

// Takes a connection over after a "101 Switching Protocols": WebSocket, a tunnel.
class HttpUpgrade {
 public:
  virtual ~HttpUpgrade() = default;
  // `early` are bytes that the client sent right behind its request. The connection ends with this,
  // and no limit of the server's looks after it any more; a server that stops cancels it.
  virtual Task<> run(Stream& stream, std::string early) = 0;
};

class HttpResponse {
 public:
  using Body = std::variant<std::monostate, std::string, HttpFilePart, HttpParts,
                            std::shared_ptr<HttpSource>, std::shared_ptr<const HttpPrepared>>;

  HttpResponse() = default;
  explicit HttpResponse(int code) : status(code) {}

  // 200 with a text of this type.
  static HttpResponse text(std::string content);
  static HttpResponse html(std::string content);
  static HttpResponse json(std::string content);
  static HttpResponse of(std::string_view type, std::string content);
  // A page that says what the status means, and `why` if there is more to say. Both are escaped.
  static HttpResponse error(int code, std::string_view why = {});
  // 302, or another of the 3xx. `location` must be a URL, or a reference to one, that needs no
  // further escaping (RFC 9110 section 10.2.2).
  static HttpResponse redirect(std::string location, int code = 302);
  static HttpResponse prepared(std::shared_ptr<const HttpPrepared> answer);
  // Made while it is sent; with a size() it has a Content-Length, else it is chunked.
  static HttpResponse stream(std::string_view type, std::shared_ptr<HttpSource> source);
  // 101: `upgrade` has the connection from then on. Over HTTP/1 only (RFC 9113 section 8.6).
  static HttpResponse switching(std::shared_ptr<HttpUpgrade> upgrade);

  // Adds a field. Control characters in `value` become blanks, so that nothing a client sent can
  // end the line; a name that is none is left out. Returns itself, to go on.
  HttpResponse& add(std::string name, std::string_view value);
  // The same, in place of fields of this name.
  HttpResponse& set(std::string_view name, std::string_view value);
  std::string_view field(std::string_view name) const;  // empty: none

  // The length of the body, where it is known.
  std::optional<std::uint64_t> body_bytes() const;

  int status = 200;  // 200 to 599; 101 with `upgrade`
  HttpFieldList fields;
  Body body;
  std::shared_ptr<HttpUpgrade> upgrade;  // null but for a 101
};

// "Not Found" (RFC 9110 section 15); "Status" for a number that has no name.
std::string_view reason_phrase(int status);

}  // namespace patchbay
