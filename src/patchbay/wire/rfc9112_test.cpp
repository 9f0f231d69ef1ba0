// RFC 9112, requirement by requirement, as far as a parser can break it: the names tell the
// section. docs/http-conformance.md lists all of them, those of the connection as well.
#include <gtest/gtest.h>

#include "patchbay/wire/http1_test.hpp"

namespace patchbay {
namespace {

const std::string k_get = "GET / HTTP/1.1\r\nHost: a\r\n";
const std::string k_ok = "HTTP/1.1 200 OK\r\n";

// --- 2: the message ------------------------------------------------------------------------------

TEST(Rfc9112, S2_2_ReadsOctetsNotCharacters) {
  // U+560A: what takes it for a character and cuts that to a byte sees a line feed.
  const Asked request(k_get + "X: \xe5\x98\x8aSet-Cookie: a\r\nY: \xff\x80\r\n\r\n");
  ASSERT_EQ(request.status, k_complete);
  EXPECT_EQ(request.fields.size(), 3U);
  EXPECT_EQ(request.fields.get("x"), "\xe5\x98\x8aSet-Cookie: a");
  EXPECT_EQ(request.fields.get("y"), "\xff\x80");
}

TEST(Rfc9112, S2_2_RefusesABareCr) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\rHost: a\r\n"), 400);
  EXPECT_EQ(status_of("GET /\r HTTP/1.1\r\nHost: a\r\n"), 400);
  EXPECT_EQ(status_with("X: a\rb"), 400);
  EXPECT_EQ(status_with("X: a\r\rb"), 400);
  EXPECT_EQ(status_with("X: a\r"), 400) << "CR CR LF";
  EXPECT_EQ(status_with("X\r: a"), 400);
  EXPECT_EQ(status_of(k_get + "\rX: a\r\n"), 400);
  EXPECT_TRUE(read_chunked("1;a=\rb\r\nx\r\n0\r\n\r\n").broken);
  EXPECT_TRUE(read_chunked("1\r\r\nx\r\n0\r\n\r\n").broken);
  EXPECT_TRUE(read_chunked("1\r\nx\r\r\n0\r\n\r\n").broken);
  EXPECT_TRUE(read_chunked("0\r\nA: b\rc\r\n\r\n").broken);
}

TEST(Rfc9112, S2_2_TakesNoBareLfForTheEndOfALine) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\nHost: a\n"), 400);
  EXPECT_EQ(status_with("X: a\nY: b"), 400);
  EXPECT_EQ(Asked(k_get + "\n").status, 400);
  EXPECT_TRUE(read_chunked("1\nx\r\n0\r\n\r\n").broken);
  EXPECT_TRUE(read_chunked("1;a\nx\r\n0\r\n\r\n").broken);
  EXPECT_TRUE(read_chunked("1\r\nx\n0\r\n\r\n").broken);
  EXPECT_TRUE(read_chunked("0\r\n\n").broken);
  EXPECT_TRUE(read_chunked("0\r\nA: b\n\r\n").broken);
}

TEST(Rfc9112, S2_2_PassesOverAnEmptyLineBeforeARequest) {
  const Asked request("\r\n" + k_get + "\r\n");
  EXPECT_EQ(request.status, k_complete);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.bytes, request.text.size());
  EXPECT_EQ(Asked("\r\n\r\n\r\n" + k_get + "\r\n").status, 400) << "not for ever";
}

TEST(Rfc9112, S2_2_RefusesABlankBeforeTheFirstField) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n Host: a\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\tHost: a\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n \r\nHost: a\r\n"), 400);
  EXPECT_EQ(Answered(k_ok + " X: a\r\n\r\n").outcome, 502);
}

TEST(Rfc9112, S2_3_TakesALaterMinorVersionForItsOwn) {
  const Asked request("GET / HTTP/1.2\r\nHost: a\r\n\r\n");
  EXPECT_EQ(request.status, k_complete);
  EXPECT_EQ(request.minor, 1);
}

TEST(Rfc9112, S2_3_TakesTheVersionInCapitalsAndTwoDigitsOnly) {
  for (const char* version :
       {"http/1.1", "HTTP/1,1", "HTTP/11", "HTTP/1.", "HTTP/.1", "HTTP/1.10", "HTTP/01.1",
        "HTTP/1.x", "HTTPS/1.1", "HTTP /1.1", "HTTP/1.1 x", ""}) {
    EXPECT_EQ(status_of("GET / " + std::string(version) + "\r\nHost: a\r\n"), 400) << version;
  }
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n"), 505);
  EXPECT_EQ(status_of("GET / HTTP/0.9\r\nHost: a\r\n"), 505);
  EXPECT_EQ(status_of("PRI * HTTP/2.0\r\n"), 505);
}

// --- 3: the request line -------------------------------------------------------------------------

TEST(Rfc9112, S3_TakesSingleBlanksBetweenTheThreeWords) {
  for (const char* line : {"GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET\t/ HTTP/1.1",
                           "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET /", "GET", "GET / a HTTP/1.1",
                           "GET /\tHTTP/1.1", "GET HTTP/1.1", "GET  HTTP/1.1", "/ HTTP/1.1"}) {
    EXPECT_EQ(status_of(std::string(line) + "\r\nHost: a\r\n"), 400) << line;
  }
}

TEST(Rfc9112, S3_AnswersATooLongTargetWith414) {
  const Http1Limits limits;
  EXPECT_GE(limits.first_line_bytes, 8000U);
  EXPECT_EQ(status_of("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: a\r\n"), 414);
  EXPECT_EQ(status_of("GET /" + std::string(7980, 'x') + " HTTP/1.1\r\nHost: a\r\n"), k_complete);
}

TEST(Rfc9112, S3_1_TakesAnyTokenForAMethodAndItsCaseCounts) {
  EXPECT_EQ(Asked("get / HTTP/1.1\r\nHost: a\r\n\r\n").method, "get");
  EXPECT_EQ(status_of("M-SEARCH!#$%&'*+.^_`|~9 / HTTP/1.1\r\nHost: a\r\n"), k_complete);
  for (const char* method : {"G(T", "G:T", "\"GET\"", "G\xc3\x89T", "<", "G@T", "G\x01T"}) {
    EXPECT_EQ(status_of(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n"), 400) << method;
  }
}

TEST(Rfc9112, S3_2_RefusesARequestWithoutHost) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHosts: a\r\n"), 400);
  EXPECT_EQ(status_of("GET http://a/ HTTP/1.1\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n"), k_complete) << "it did not exist then";
}

TEST(Rfc9112, S3_2_RefusesMoreThanOneHost) {
  EXPECT_EQ(status_with("Host: b"), 400);
  EXPECT_EQ(status_with("hOST: a"), 400) << "be it the same";
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n"), 400);
}

TEST(Rfc9112, S3_2_RefusesAHostThatIsNone) {
  for (const char* host :
       {"a b", "a/b", "http://a", "a@b", "a:b", "a:99999", "[::1", "a, b", ":80", "\xc3\xa9"}) {
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n"), 400) << host;
    EXPECT_EQ(status_of("GET / HTTP/1.0\r\nHost: " + std::string(host) + "\r\n"), 400) << host;
  }
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost:\r\n"), k_complete) << "a target without authority";
}

TEST(Rfc9112, S3_2_RefusesATargetWithCharactersThatMustBeEscaped) {
  for (const char* target : {"/\xc3\xa9", "/\x7f", "/\t", "/\x01", "/a#b", "#"}) {
    EXPECT_EQ(status_of("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n"), 400) << target;
  }
}

TEST(Rfc9112, S3_2_1_TakesTheOriginForm) {
  const Asked request("GET /where?q=now?x HTTP/1.1\r\nHost: www.example.org\r\n\r\n");
  ASSERT_EQ(request.status, k_complete);
  EXPECT_EQ(request.form, TargetForm::origin);
  EXPECT_EQ(request.path, "/where");
  EXPECT_EQ(request.query, "q=now?x");
  EXPECT_EQ(status_of("GET where HTTP/1.1\r\nHost: a\r\n"), 400);
  EXPECT_EQ(status_of("GET ?q HTTP/1.1\r\nHost: a\r\n"), 400);
}

TEST(Rfc9112, S3_2_1_LeavesTheHostOfATargetThatBeginsWithTwoSlashesAPath) {
  const Asked request("GET //evil/x HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(request.status, k_complete);
  EXPECT_EQ(request.path, "//evil/x");
  EXPECT_EQ(request.host, "a");
}

TEST(Rfc9112, S3_2_2_AcceptsTheAbsoluteForm) {
  const Asked request(
      "GET HTTP://www.example.org:8080/pub?x HTTP/1.1\r\n"
      "Host: www.example.org:8080\r\n\r\n");
  ASSERT_EQ(request.status, k_complete);
  EXPECT_EQ(request.form, TargetForm::absolute);
  EXPECT_EQ(request.host, "www.example.org:8080");
  EXPECT_EQ(request.path, "/pub");
  EXPECT_EQ(request.query, "x");
  EXPECT_EQ(Asked("GET https://a HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
  const Asked without_path("GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(without_path.path, "/");
  EXPECT_EQ(without_path.query, "x");
}

TEST(Rfc9112, S3_2_2_UsesTheHostOfTheTargetAndNoOther) {
  const Asked request("GET http://a:80/ HTTP/1.1\r\nHost: A\r\n\r\n");
  EXPECT_EQ(request.status, k_complete);
  EXPECT_EQ(request.host, "a:80");
  EXPECT_EQ(Asked("GET http://a/ HTTP/1.0\r\n\r\n").host, "a");
  // Stricter than the text, which has Host ignored.
  EXPECT_EQ(status_of("GET http://a/ HTTP/1.1\r\nHost: b\r\n"), 400);
  EXPECT_EQ(status_of("GET http://a/ HTTP/1.1\r\nHost: a:8080\r\n"), 400);
  EXPECT_EQ(status_of("GET http://a/ HTTP/1.1\r\nHost:\r\n"), 400);
}

TEST(Rfc9112, S3_2_2_RefusesAnAbsoluteFormThatIsNoUrlOfHttp) {
  for (const char* target :
       {"ftp://a/", "http:/a", "http:a", "//a/", "http//a", "://a/", "http://a b", "http://a/#x",
        "http://[::1/", "http://a:b/", "http://u:p@a/"}) {
    const int status = status_of("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n");
    EXPECT_EQ(status, std::string_view(target).starts_with('/') ? k_complete : 400) << target;
  }
}

TEST(Rfc9112, S3_2_3_TakesHostAndPortForConnectOnly) {
  const Asked request("CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com:443\r\n\r\n");
  ASSERT_EQ(request.status, k_complete);
  EXPECT_EQ(request.form, TargetForm::authority);
  EXPECT_EQ(request.host, "www.example.com:443");
  EXPECT_EQ(status_of("GET a:443 HTTP/1.1\r\nHost: a:443\r\n"), 400);
  for (const char* target : {"/", "*", "http://a/", "a:443/", "u@a:443"}) {
    EXPECT_EQ(status_of("CONNECT " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n"), 400);
  }
}

TEST(Rfc9112, S3_2_4_TakesTheAsteriskForOptionsOnly) {
  const Asked request("OPTIONS * HTTP/1.1\r\nHost: a:1\r\n\r\n");
  ASSERT_EQ(request.status, k_complete);
  EXPECT_EQ(request.form, TargetForm::asterisk);
  EXPECT_EQ(request.path, "*");
  EXPECT_EQ(request.host, "a:1");
  EXPECT_EQ(status_of("GET * HTTP/1.1\r\nHost: a\r\n"), 400);
  EXPECT_EQ(status_of("OPTIONS ** HTTP/1.1\r\nHost: a\r\n"), 400);
  EXPECT_EQ(status_of("OPTIONS *?x HTTP/1.1\r\nHost: a\r\n"), 400);
}

// --- 5: fields -----------------------------------------------------------------------------------

TEST(Rfc9112, S5_TakesFieldNamesWithoutRegardToCase) {
  EXPECT_EQ(Asked("GET / HTTP/1.1\r\nhOsT: a\r\ncONTENT-lENGTH: 7\r\n\r\n").framing.content_length,
            7U);
}

TEST(Rfc9112, S5_1_RefusesABlankBeforeTheColon) {
  for (const char* line :
       {"X : a", "X\t: a", "Content-Length : 5", "Transfer-Encoding : chunked", " : a", "X y: a"}) {
    EXPECT_EQ(status_with(line), 400) << line;
  }
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost : a\r\n"), 400);
  EXPECT_EQ(Answered(k_ok + "X : a\r\n\r\n").outcome, 502);
  EXPECT_TRUE(read_chunked("0\r\nA : b\r\n\r\n").broken);
}

TEST(Rfc9112, S5_1_LeavesOutTheBlanksAroundAValue) {
  const Asked request(k_get + "A:b\r\nC: \t d e\t \r\nF:\r\nG:  \r\n\r\n");
  ASSERT_EQ(request.status, k_complete);
  EXPECT_EQ(request.fields.get("a"), "b");
  EXPECT_EQ(request.fields.get("c"), "d e");
  EXPECT_EQ(request.fields.get("f"), "");
  EXPECT_EQ(request.fields.get("g"), "");
}

TEST(Rfc9112, S5_1_RefusesALineWithoutAName) {
  for (const char* line :
       {": a", ":", "a", "a(b): c", "\xc3\xa9: a", "{}: a", "\"a\": b", "a\\: b"}) {
    EXPECT_EQ(status_with(line), 400) << line;
  }
}

TEST(Rfc9112, S5_2_RefusesAFoldedField) {
  EXPECT_EQ(status_with("X: a\r\n b"), 400);
  EXPECT_EQ(status_with("X: a\r\n\tb"), 400);
  EXPECT_EQ(status_with("X: a\r\n \r\nY: b"), 400);
  EXPECT_EQ(status_with("Transfer-Encoding:\r\n chunked"), 400);
  // Stricter than the text, which has a user agent put blanks there.
  EXPECT_EQ(Answered(k_ok + "X: a\r\n b\r\n\r\n").outcome, 502);
  EXPECT_TRUE(read_chunked("0\r\nA: b\r\n c\r\n\r\n").broken);
}

}  // namespace
}  // namespace patchbay
