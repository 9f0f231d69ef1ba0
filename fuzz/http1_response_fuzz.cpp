// The head of an answer: whatever comes is incomplete, complete or refused, within its limits, and
// a beginning of it is incomplete or the same. The first three bytes of the input choose the
// limits, where it is cut, and the method it answers.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/http1_response.hpp"

namespace {

using namespace patchbay;

void check_complete(const Http1Response& response, std::string_view bytes, std::string_view method,
                    const Http1Limits& limits) {
  FUZZ_CHECK(response.bytes <= bytes.size() && response.bytes <= limits.head_bytes);
  FUZZ_CHECK(bytes.substr(0, response.bytes).ends_with("\r\n\r\n"));
  FUZZ_CHECK(bytes.starts_with("HTTP/1."));
  FUZZ_CHECK(response.status >= 100 && response.status <= 999);
  FUZZ_CHECK(is_field_value(response.reason));
  FUZZ_CHECK(response.fields.size() <= limits.fields);
  for (const auto& [name, value] : response.fields) {
    FUZZ_CHECK(is_http_token(name) && is_field_value(value) && trim_blanks(value) == value);
  }
  const int status = response.status;
  if (method == "HEAD" || status < 200 || status == 204 || status == 304) {
    FUZZ_CHECK(response.framing.kind == BodyKind::none);
  } else if (method != "CONNECT" || status > 299) {
    FUZZ_CHECK(response.framing.kind != BodyKind::none);
  }
  FUZZ_CHECK(response.framing.kind != BodyKind::until_close || !response.keep_alive);
}

void check_same(const Http1Response& a, const Http1Response& b) {
  const auto same_field = [](const HttpField& x, const HttpField& y) {
    return x.name == y.name && x.value == y.value;
  };
  FUZZ_CHECK(a.refusal.status == b.refusal.status && a.refusal.reason == b.refusal.reason);
  if (a.refusal.status != 0) return;
  FUZZ_CHECK(a.bytes == b.bytes && a.status == b.status && a.reason == b.reason &&
             a.keep_alive == b.keep_alive);
  FUZZ_CHECK(a.framing.kind == b.framing.kind &&
             a.framing.content_length == b.framing.content_length);
  FUZZ_CHECK(std::ranges::equal(a.fields, b.fields, same_field));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 3), size - 3);
  Http1Limits limits;
  if (data[0] % 2 == 1) limits = {data[0] * 2U, data[0] / 2U, data[0] / 16U};
  constexpr std::string_view methods[] = {"GET", "HEAD", "CONNECT"};
  const std::string_view method = methods[data[2] % 3];

  Http1Response whole;
  const HeadState state = parse_response(bytes, method, limits, whole);
  if (state == HeadState::complete) check_complete(whole, bytes, method, limits);
  const int refusal = whole.refusal.status;
  FUZZ_CHECK(state != HeadState::refused || refusal == 502 || refusal == 431);
  FUZZ_CHECK(state != HeadState::incomplete || bytes.size() < limits.head_bytes);

  Http1Response beginning;
  const std::size_t cut = bytes.size() * data[1] / 255;
  for (const std::size_t end :
       {cut, cut + 1, cut + 2, bytes.size() - std::min(bytes.size(), 1UL)}) {
    const HeadState earlier = parse_response(bytes.substr(0, end), method, limits, beginning);
    if (earlier == HeadState::incomplete) continue;
    FUZZ_CHECK(earlier == state);
    check_same(beginning, whole);
  }
  return 0;
}
