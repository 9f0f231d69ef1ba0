#include "patchbay/tools/http/serve_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "patchbay/tools/read_file.hpp"

namespace patchbay {
namespace {

using Failures = std::vector<Failure>;

HttpServePlan plan_of_file(std::string_view text) {
  const auto plan = parse_serve_file(text, "conf/sites.toml");
  EXPECT_TRUE(plan) << plan.error().front().what << ": " << plan.error().front().why;
  return plan ? *plan : HttpServePlan();
}

Failures faults_of(std::string_view text) {
  const auto plan = parse_serve_file(text, "sites.toml");
  return plan ? Failures() : plan.error();
}

// The only thing that is wrong.
Failure fault_of(std::string_view text) {
  const Failures faults = faults_of(text);
  EXPECT_EQ(faults.size(), 1U) << text;
  return faults.empty() ? Failure() : faults.front();
}

// Of a site that has these lines from its third on.
Failure site_fault(std::string_view lines) {
  return fault_of("[[site]]\nroot = \"www\"\n" + std::string(lines));
}

TEST(ServeFile, TheExampleIsReadWhole) {
  const auto text = read_whole_file(PATCHBAY_DOCS "/tools/http-sites.toml", 100'000);
  ASSERT_TRUE(text);
  const HttpServePlan plan = plan_of_file(*text);
  ASSERT_EQ(plan.addresses.size(), 4U);
  EXPECT_EQ(plan.addresses[0].asked.to_string(), "0.0.0.0:443");
  EXPECT_FALSE(plan.addresses[1].plain);
  EXPECT_EQ(plan.addresses[2].asked.to_string(), "0.0.0.0:80");
  EXPECT_TRUE(plan.addresses[2].plain);
  EXPECT_TRUE(plan.redirects_to_tls);
  ASSERT_EQ(plan.metrics.size(), 1U);
  EXPECT_EQ(plan.metrics[0].asked.to_string(), "127.0.0.1:9100");
  EXPECT_EQ(plan.threads, 2U);
  EXPECT_EQ(plan.log, LogFormat::json);
  EXPECT_EQ(plan.limits.idle, 60s);
  EXPECT_EQ(plan.limits.connections, 20'000U);
  ASSERT_TRUE(plan.tls);
  EXPECT_EQ(plan.tls->certificate_file, "conf/example.net.crt");
  EXPECT_TRUE(plan.tls->named.empty());

  ASSERT_EQ(plan.sites.size(), 4U);
  const SiteOptions& www = plan.sites[0];
  EXPECT_EQ(www.hosts, (std::vector<std::string>{"example.net", "www.example.net"}));
  EXPECT_EQ(www.path, "conf/www");
  EXPECT_EQ(www.origin, "conf/sites.toml:14");
  EXPECT_FALSE(www.folder.lists);
  EXPECT_TRUE(www.folder.files.compress);
  EXPECT_EQ(www.folder.error_files.at(404), "404.html");
  ASSERT_EQ(www.fields.size(), 2U);
  EXPECT_EQ(www.fields[0].first, "Cache-Control");
  EXPECT_EQ(www.fields[0].second, "max-age=600");

  const SiteOptions& app = plan.sites[1];
  EXPECT_EQ(app.folder.fallback, "index.html");
  ASSERT_EQ(app.proxies.size(), 1U);
  EXPECT_EQ(app.proxies[0].prefix, "api");
  EXPECT_EQ(app.cors, "https://example.net");
  EXPECT_EQ(app.accounts, "conf/users.txt");
  ASSERT_EQ(app.guarded.size(), 2U);
  EXPECT_EQ(app.guarded[1].methods, (std::vector<std::string>{"PUT", "DELETE"}));

  const SiteOptions& files = plan.sites[2];
  EXPECT_TRUE(files.uploads);
  EXPECT_TRUE(files.folder.archives);
  EXPECT_EQ(files.upload_bytes, 100'000'000U);
  EXPECT_FALSE(files.local_only);

  EXPECT_TRUE(plan.sites[3].hosts.empty());
  EXPECT_EQ(plan.sites[3].path, "");
}

TEST(ServeFile, WhatIsNotSaidIsAsWithoutFlags) {
  const HttpServePlan plan = plan_of_file("[[site]]\nroot = \"/srv/www\"\n");
  ASSERT_EQ(plan.addresses.size(), 1U);
  EXPECT_EQ(plan.addresses[0].asked.to_string(), "127.0.0.1:8080");
  EXPECT_EQ(plan.log, LogFormat::common);
  EXPECT_EQ(plan.limits.connections, 100'000U);
  EXPECT_EQ(plan.backlog, 4096);
  EXPECT_FALSE(plan.tls);
  ASSERT_EQ(plan.sites.size(), 1U);
  EXPECT_EQ(plan.sites[0].path, "/srv/www");
  EXPECT_TRUE(plan.sites[0].folder.lists);
  EXPECT_TRUE(plan.sites[0].local_only);
}

TEST(ServeFile, InheritedSocketsStandInForTheDefaultAddress) {
  const auto plan = parse_serve_file("[[site]]\nroot = \"www\"", "sites.toml", {{3}, {4}});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->addresses.size(), 2U);
  EXPECT_EQ(plan->addresses[1].inherited, 4);
  EXPECT_FALSE(plan->sites[0].local_only);
  const auto other =
      parse_serve_file("listen = \"127.0.0.1:0\"\n[[site]]\nroot = \"www\"", "sites.toml", {{3}});
  ASSERT_TRUE(other);
  ASSERT_EQ(other->addresses.size(), 1U);
  EXPECT_EQ(other->addresses[0].inherited, -1);
}

// Whether each of these sockets is in the clear: "+" for those that are.
std::string plain_ones(const std::string& text, const std::vector<InheritedSocket>& sockets) {
  const auto plan = parse_serve_file(text + "[[site]]\nroot = \"www\"", "sites.toml", sockets);
  if (!plan) return plan.error().front().what;
  std::string all;
  for (const ServeAddress& address : plan->addresses) all += address.plain ? '+' : '-';
  return all;
}

TEST(ServeFile, AnInheritedSocketIsPlainByItsName) {
  const std::string tls = "tls-self = true\n";
  EXPECT_EQ(plain_ones(tls, {{3, "https"}, {4, "http"}, {5, "plain"}, {6, "web-http"}, {7, "web"}}),
            "-+++-");
  EXPECT_EQ(plain_ones(tls, {{3, "web-https.socket"}, {4, "web-http.socket"}, {5, "web.socket"}}),
            "-+-");
  EXPECT_EQ(plain_ones(tls, {{3, ""}, {4, "nohttp"}, {5, "http-web"}, {6, "HTTP"}}), "----");
  EXPECT_EQ(plain_ones(tls, {{3, "http"}}),
            "sites.toml:1: no address speaks TLS although there is a certificate");
  const std::string redirect = "redirect-to-tls = true\n";
  EXPECT_EQ(plain_ones(tls + redirect, {{3, "https"}, {4, "http"}}), "-+");
  EXPECT_EQ(plain_ones(tls + redirect, {{3, "https"}}),
            "sites.toml:2: redirect-to-tls has nobody to redirect");
  // Without a certificate all are.
  EXPECT_EQ(plain_ones("", {{3, "http"}}), "+");
  EXPECT_EQ(plain_ones(redirect, {{3, "http"}}),
            "sites.toml:1: redirect-to-tls has nobody to redirect");
}

Result<std::vector<Endpoint>> look_up(const HostPort& where) {
  if (where.host != "two.test") return Error(Fault::resolve, "look up", "there is no such name");
  return std::vector{Endpoint(IpAddress::loopback(Family::v4), where.port),
                     Endpoint(IpAddress::loopback(Family::v6), where.port)};
}

TEST(ServeFile, ANameStandsForAllItsAddresses) {
  const std::string site = "[[site]]\nroot = \"www\"\n";
  const auto plan =
      parse_serve_file("listen = \"two.test:80\"\n" + site, "sites.toml", {}, look_up);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->addresses.size(), 2U);
  EXPECT_EQ(plan->addresses[1].asked.to_string(), "[::1]:80");
  const auto none = parse_serve_file("listen = \"two.test:80\"\nmetrics = \"no.test:81\"\n" + site,
                                     "sites.toml", {}, look_up);
  ASSERT_FALSE(none);
  ASSERT_EQ(none.error().size(), 1U);
  EXPECT_TRUE(none.error()[0].what.starts_with("sites.toml:2: ")) << none.error()[0].what;
  EXPECT_EQ(none.error()[0].why, "there is no such name");
}

TEST(ServeFile, TheCertificateOfTheSiteForOthersComesFirst) {
  const HttpServePlan plan = plan_of_file(R"(
[[site]]
hosts = ["a.test"]
root = "a"
cert = "a.crt"
key = "a.key"
[[site]]
root = "b"
cert = "/etc/b.crt"
key = "/etc/b.key"
)");
  ASSERT_TRUE(plan.tls);
  EXPECT_EQ(plan.tls->certificate_file, "/etc/b.crt");
  ASSERT_EQ(plan.tls->named.size(), 1U);
  EXPECT_EQ(plan.tls->named[0].certificate_file, "conf/a.crt");
  EXPECT_EQ(plan.tls->named[0].key_file, "conf/a.key");
}

TEST(ServeFile, AddressesInTheClearStandBesideThoseWithTls) {
  const HttpServePlan plan = plan_of_file(R"(
listen = ["127.0.0.1:443"]
listen-plain = ["127.0.0.1:80", "192.0.2.1:80"]
redirect-to-tls = true
[[site]]
root = "a"
cert = "a.crt"
key = "a.key"
upload = true
upload-by-anybody = true
)");
  ASSERT_EQ(plan.addresses.size(), 3U);
  EXPECT_FALSE(plan.addresses[0].plain);
  EXPECT_TRUE(plan.addresses[1].plain);
  EXPECT_EQ(plan.addresses[2].asked.to_string(), "192.0.2.1:80");
  EXPECT_TRUE(plan.redirects_to_tls);
  EXPECT_FALSE(plan.tls_self);
  EXPECT_FALSE(plan.sites[0].local_only);
}

TEST(ServeFile, AnAddressMayBecomePlainAndStayOpen) {
  const ServeAddress secure{.asked = Endpoint(IpAddress::loopback(Family::v4), 80)};
  ServeAddress plain = secure;
  plain.plain = true;
  EXPECT_EQ(plain, secure);
  const ServeAddress any_port{.asked = Endpoint(IpAddress::loopback(Family::v4), 0)};
  ServeAddress plain_any_port = any_port;
  plain_any_port.plain = true;
  EXPECT_FALSE(plain_any_port == any_port);
  EXPECT_EQ(any_port, any_port);
}

TEST(ServeFile, AServerMayMakeItsCertificate) {
  const std::string site = "[[site]]\nroot = \"a\"\n";
  const HttpServePlan plan =
      plan_of_file("tls-self = true\nlisten-plain = \"127.0.0.1:80\"\n" + site);
  EXPECT_TRUE(plan.tls_self);
  EXPECT_FALSE(plan.tls);  // it is made when the file has no mistakes
  EXPECT_FALSE(plan_of_file("tls-self = false\n" + site).tls_self);
  EXPECT_EQ(fault_of("tls-self = true\n" + site + "cert = \"c\"\nkey = \"k\"\n").what,
            "sites.toml:1: 'tls-self' and 'cert' cannot stand together");
}

TEST(ServeFile, AddressesInTheClearNeedOthersBesideThem) {
  const std::string site = "[[site]]\nroot = \"a\"\n";
  const std::string secure = "tls-self = true\nlisten = \"127.0.0.1:443\"\n";
  Failure fault = fault_of("listen-plain = \"127.0.0.1:80\"\n" + site);
  EXPECT_EQ(fault.what, "sites.toml:1: listen-plain stands beside no address that speaks TLS");
  fault = fault_of(secure + "listen-plain = [\"127.0.0.1:80\", \"127.0.0.1:443\"]\n" + site);
  EXPECT_EQ(fault.what, "sites.toml:3: 127.0.0.1:443 is named twice");
  EXPECT_NE(fault.remedy, "");
  fault = fault_of(secure + "redirect-to-tls = true\n" + site);
  EXPECT_EQ(fault.what, "sites.toml:3: redirect-to-tls has nobody to redirect");
  EXPECT_TRUE(faults_of(secure + "redirect-to-tls = false\n" + site).empty());
  fault = fault_of(site + "redirect-to-tls = true\n");
  EXPECT_EQ(fault.what, "sites.toml:3: 'redirect-to-tls' belongs to the whole server");
}

TEST(ServeFile, NamesTheLineOfWhatIsNoToml) {
  const Failure fault = fault_of("threads = 2\nlisten = [\n");
  EXPECT_EQ(fault.what.substr(0, 12), "sites.toml:2") << fault.what;
  EXPECT_NE(fault.why, "");
}

TEST(ServeFile, AnUnknownKeyGetsASuggestion) {
  Failure fault = site_fault("lisst = false\n");
  EXPECT_EQ(fault.what, "sites.toml:3: nothing is called 'lisst' here");
  EXPECT_EQ(fault.why, "it is no key of this part of the file");
  EXPECT_EQ(fault.remedy, "did you mean 'list'?");
  fault = site_fault("header = { A = \"b\" }\n");
  EXPECT_EQ(fault.remedy, "did you mean 'headers'?");
  fault = fault_of("treads = 2\n[[site]]\nroot = \"www\"\n");
  EXPECT_EQ(fault.what, "sites.toml:1: nothing is called 'treads' here");
  EXPECT_EQ(fault.remedy, "did you mean 'threads'?");
  fault = site_fault("quite-another-thing = 1\n");
  EXPECT_EQ(fault.remedy.substr(0, 8), "one of: ");
  EXPECT_NE(fault.remedy.find("upload-limit"), std::string::npos);
  EXPECT_EQ(fault.remedy.find("no-list"), std::string::npos);
}

TEST(ServeFile, AKeyInTheWrongPartIsSentToTheOther) {
  Failure fault = site_fault("threads = 2\n");
  EXPECT_EQ(fault.what, "sites.toml:3: 'threads' belongs to the whole server");
  EXPECT_EQ(fault.remedy, "write it above the first [[site]]");
  fault = fault_of("cors = \"*\"\n[[site]]\nroot = \"www\"\n");
  EXPECT_EQ(fault.what, "sites.toml:1: 'cors' belongs to a site");
  EXPECT_EQ(fault.remedy, "write it below a line [[site]]");
}

TEST(ServeFile, AFlagThatTakesAwayIsSaidTheOtherWayRound) {
  const Failure fault = site_fault("no-list = true\n");
  EXPECT_EQ(fault.what, "sites.toml:3: nothing is called 'no-list' here");
  EXPECT_EQ(fault.remedy, "list = false");
}

struct Mistake {
  std::string line;
  std::string what;
  std::string why;
};

TEST(ServeFile, EachKeyOfTheServerHasItsUnitAndItsRange) {
  for (const auto& [line, what, why] : std::vector<Mistake>{
           {"threads = 0", "'threads' cannot be '0'", ""},
           {"threads = 1000", "'threads' cannot be '1000'", ""},
           {"threads = \"2\"", "'threads' cannot be 2", "it is a value of another kind"},
           {"idle = 60", "'idle' cannot be 60", "it is a value of another kind"},
           {"idle = \"5 parsecs\"", "'idle' cannot be '5 parsecs'", ""},
           {"idle = \"1ms\"", "'idle' cannot be '1ms'", ""},
           {"log = \"xml\"", "'log' cannot be 'xml'", ""},
           {"log = [\"json\"]", "'log' takes one value", "a list is given"},
           {"least-rate = \"fast\"", "'least-rate' cannot be 'fast'", ""},
           {"max-clients = -1", "'max-clients' cannot be '-1'", ""},
           {"listen = []", "'listen' is empty", "the server would have no address"},
           {"listen = [80]", "'listen' cannot be 80", "it is a value of another kind"},
           {"site = 1", "'site' is no list of tables", "there can be several sites"},
       }) {
    SCOPED_TRACE(line);
    std::string text = line + "\n";
    if (!line.starts_with("site")) text += "[[site]]\nroot = \"www\"\n";
    const Failure fault = fault_of(text);
    EXPECT_EQ(fault.what, "sites.toml:1: " + what);
    if (!why.empty()) EXPECT_EQ(fault.why, why);
    EXPECT_NE(fault.why, "");
    EXPECT_NE(fault.remedy, "");
  }
}

TEST(ServeFile, EachKeyOfASiteIsChecked) {
  for (const auto& [line, what, why] : std::vector<Mistake>{
           {"hosts = \"a.test\"", "'hosts' is no list of names", "a site can have several"},
           {"hosts = [\"*.test\"]", "'*.test' cannot be a host",
            "there are no wildcards; name each host"},
           {"hosts = [1]", "'hosts' cannot be 1", "it is a value of another kind"},
           {"list = \"no\"", "'list' is neither true nor false", "it is a value of another kind"},
           {"archive = 1", "'archive' cannot be 1", "it is a value of another kind"},
           {"index = true", "'index' cannot be true", "it is a value of another kind"},
           {"errors = { 200 = \"x\" }", "'errors.200' cannot be 'x'",
            "200 is no status of an error: they are 400 to 599"},
           {"headers = \"a: b\"", "'headers' is no table", "it is a value of another kind"},
           {"headers = { \"a b\" = \"c\" }", "'headers.a b' cannot be 'c'",
            "a field's name is made of letters, digits and -"},
           {"headers = { Connection = \"close\" }", "'headers.Connection' cannot be 'close'",
            "the server writes this field as each answer needs it"},
           {"headers = { A = \"b\\r\\nC: d\" }", "'headers.A' cannot be 'b\\r\\nC: d'",
            "its value has a control character"},
           {"headers = { A = [\"x\", 2] }", "'headers.A' cannot be 2",
            "it is a value of another kind"},
           {"proxy = \"/api\"", "'proxy' is no table", "it names a server for each path"},
           {"cert = \"a.crt\"", "'cert' has no 'key'",
            "a certificate and its private key belong together"},
           {"key = \"a.key\"", "'key' has no 'cert'",
            "a certificate and its private key belong together"},
           {"auth = \"\"", "'auth' is empty", "it has to name a file or a folder"},
           {"cors = \"a\\u0000b\"", "", "it is a value of another kind"},
           {"auth-for = \"/x\"", "'auth-for' needs 'auth' beside it", ""},
           {"upload-limit = \"1MB\"", "'upload-limit' needs 'upload' beside it", ""},
       }) {
    SCOPED_TRACE(line);
    const Failure fault = site_fault(line + "\n");
    if (!what.empty()) EXPECT_EQ(fault.what, "sites.toml:3: " + what);
    if (!why.empty()) EXPECT_EQ(fault.why, why);
    EXPECT_NE(fault.why, "");
    EXPECT_NE(fault.remedy, "");
  }
}

TEST(ServeFile, ARuleOfAProxyIsReadAsTheFlagIs) {
  Failure fault = site_fault("proxy = { \"api\" = \"http://127.0.0.1:1\" }\n");
  EXPECT_EQ(fault.what.substr(0, 14), "sites.toml:3: ");
  fault = site_fault("proxy = { \"/api\" = \"http://user:secret@127.0.0.1:1\" }\n");
  EXPECT_EQ((fault.what + fault.why + fault.remedy).find("secret"), std::string::npos);
  fault = site_fault("proxy = { \"a\\u0085\" = \"http://user:secret@127.0.0.1:1\" }\n");
  EXPECT_EQ(fault.what, "sites.toml:3: cannot read 'a\\u{85}'");
  fault = site_fault("proxy = { \"/a\" = \"http://h\", \"/a/\" = \"http://h\" }\n");
  EXPECT_EQ(fault.why, "another rule has this path already");
}

TEST(ServeFile, ASiteNeedsSomethingToShow) {
  const Failure fault = fault_of("[[site]]\nhosts = [\"a.test\"]\n");
  EXPECT_EQ(fault.what, "sites.toml:1: this site has nothing to show");
  EXPECT_EQ(fault_of("threads = 1\n").what, "sites.toml:1: there is no site");
  EXPECT_EQ(fault_of("[[site]]\nproxy = { \"/\" = \"http://h\" }\nupload = true\n").what,
            "sites.toml:3: 'upload' needs 'root' beside it");
}

TEST(ServeFile, AHostHasOneSite) {
  Failure fault = fault_of(
      "[[site]]\nhosts = [\"a.test\"]\nroot = \"a\"\n"
      "[[site]]\nhosts = [\"b.test\", \"A.test.\"]\nroot = \"b\"\n");
  EXPECT_EQ(fault.what, "sites.toml:4: the host A.test. is named twice");
  EXPECT_EQ(fault.why, "it is one of the site at sites.toml:1");
  fault = fault_of("[[site]]\nroot = \"a\"\n[[site]]\nroot = \"b\"\n");
  EXPECT_EQ(fault.what, "sites.toml:3: two sites have no hosts");
}

TEST(ServeFile, StoringFilesTakesAPasswordWhereOthersReachTheServer) {
  const std::string open = "[[site]]\nroot = \"in\"\nupload = true\n";
  EXPECT_EQ(fault_of("listen = \"*:80\"\n" + open).what,
            "sites.toml:2: others could store files here without a password");
  EXPECT_TRUE(faults_of(open).empty());
  EXPECT_TRUE(faults_of("listen = \"*:80\"\n" + open + "upload-by-anybody = true\n").empty());
  EXPECT_TRUE(faults_of("listen = \"*:80\"\n" + open + "auth = \"users\"\n").empty());
}

TEST(ServeFile, AllThatIsWrongIsToldInTheOrderOfItsLines) {
  const Failures faults = faults_of(
      "zoom = 1\nthreads = 0\n[[site]]\nroot = \"a\"\nspaa = \"x\"\n[[site]]\nhosts = [\"b\"]\n"
      "root = 5\nlist = 1\n");
  std::vector<std::string> places;
  for (const Failure& fault : faults) places.push_back(fault.what.substr(0, 12));
  EXPECT_EQ(places, (std::vector<std::string>{"sites.toml:1", "sites.toml:2", "sites.toml:5",
                                              "sites.toml:8", "sites.toml:9"}));
}

TEST(ServeFile, AFileThatIsNotThereIsAFailure) {
  const auto plan = read_serve_file("/nowhere/sites.toml");
  ASSERT_FALSE(plan);
  ASSERT_EQ(plan.error().size(), 1U);
  EXPECT_NE(plan.error()[0].what.find("/nowhere/sites.toml"), std::string::npos);
}

}  // namespace
}  // namespace patchbay
