using System.Text;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Emqx;
using Gatehouse.Protocols.Http;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Emqx;

public sealed class Requests_to_emqx
{
    [Theory]
    [InlineData("GET /", "dashboard.read")]
    [InlineData("GET /static/js/app.1.js", "dashboard.read")]
    [InlineData("GET /api-docs/index.html", "dashboard.read")]
    [InlineData("GET /status?format=json", "status.read")]
    [InlineData("GET /api/v5/status", "status.read")]
    [InlineData("GET /api/v5/clients?page=1&limit=20&username=a&username=b", "clients.read")]
    [InlineData("GET /api/v5/clients/plant%2F1", "clients.read plant/1")]
    [InlineData("DELETE /api/v5/clients/c1", "clients.kick c1")]
    [InlineData("POST /api/v5/clients/kickout/bulk [\"c1\",\"c2\"]", "clients.kick c1,c2")]
    [InlineData("POST /api/v5/clients/c1/subscribe {\"topic\":\"#\"}", "clients.subscribe c1")]
    [InlineData("POST /api/v5/publish {\"topic\":\"plant/a\",\"payload\":\"x\",\"qos\":1,\"retain\":false,\"properties\":{\"user_properties\":{\"a\":\"b\"}}}", "publish plant/a")]
    [InlineData("POST /api/v5/publish/bulk [{\"topic\":\"a\"},{\"topic\":\"b/c\",\"payload\":\"x\"}]", "publish a,b/c")]
    [InlineData("GET /api/v5/mqtt/retainer/message/a%2Fb", "messages.read a/b")]
    [InlineData("DELETE /api/v5/mqtt/retainer/message/a%2Fb", "retained.delete a/b")]
    [InlineData("GET /api/v5/authentication/password_based%3Abuilt_in_database/users/bob", "mqtt_users.read bob")]
    [InlineData("PUT /api/v5/authorization/sources/built_in_database {}", "authorization.write")]
    [InlineData("PUT /api/v5/authorization/sources/built_in_database/rules/users/bob {}", "authorization.write")]
    [InlineData("POST /api/v5/rule_test {}", "rules.test")]
    [InlineData("PUT /api/v5/rules/r1 {}", "rules.write r1")]
    [InlineData("POST /api/v5/connectors_probe {}", "connectors.write")]
    [InlineData("POST /api/v5/nodes/emqx%40n1/connectors/http:a/start", "connectors.operate http:a")]
    [InlineData("POST /api/v5/listeners/tcp:default/stop", "listeners.operate tcp:default")]
    [InlineData("PUT /api/v5/configs/mqtt/x {}", "config.write mqtt/x")]
    [InlineData("GET /api/v5/data/files/export-1.tar.gz?node=emqx%40n1", "data.export")]
    [InlineData("POST /api/v5/plugins/sync {}", "plugins.install")]
    [InlineData("PUT /api/v5/plugins/p-1/start", "plugins.write p-1")]
    [InlineData("DELETE /api/v5/users/bob", "users.write bob")]
    [InlineData("GET /api/v5/sso/running", "dashboard.read")]
    [InlineData("PUT /api/v5/cluster/emqx%40n2/invite", "cluster.write emqx@n2")]
    [InlineData("POST /api/v5/trace {}", "trace.write")]
    [InlineData("POST /api/v5/login {}", "login")]
    [InlineData("GET /api/v5/Clients", "unknown")]
    [InlineData("GET /api/v5/what/comes/next", "unknown")]
    [InlineData("GET /api/v5/plugins/p/config", "config.read")]
    public void Are_what_they_mean(string request, string expected) => Shown(request).ShouldBe(expected);

    [Theory]
    [InlineData("GET /api/v5//clients", "target_empty_segment")]
    [InlineData("GET /api/v5/./clients", "target_dot_segment")]
    [InlineData("GET /api/v5/x/%2e%2e/clients", "target_dot_segment")]
    [InlineData("GET /api/v5/clients/", "trailing_slash")]
    [InlineData("GET /API/v5/clients", "unknown_path")]
    [InlineData("GET /api/v4/clients", "unknown_path")]
    [InlineData("POST /api/v5/login/challenge {}", "upstream_login")]
    [InlineData("POST /api/v5/sso/login/ldap {}", "upstream_login")]
    [InlineData("GET /api/v5/rules%2Fr1", "unknown_path")]
    [InlineData("GET /api/v5/rules/a%2Fb", "encoded_slash")]
    [InlineData("PATCH /api/v5/clients/c1 {}", "method_not_allowed")]
    [InlineData("GET /api/v5/plugins/install", "method_not_allowed")]
    [InlineData("POST /api/v5/publish {\"payload\":\"x\"}", "missing_resource")]
    [InlineData("POST /api/v5/publish {\"topic\":\"a\",\"topic\":\"b\"}", "json_duplicate_name")]
    [InlineData("POST /api/v5/publish {\"topic\":[\"a\"]}", "unexpected_type")]
    [InlineData("POST /api/v5/publish {\"topic\":\"a\",\"topics\":\"b\"}", "unknown_field")]
    [InlineData("POST /api/v5/publish/bulk [{\"topic\":\"a\"},{\"payload\":\"x\"}]", "missing_resource")]
    [InlineData("POST /api/v5/publish/bulk {\"topic\":\"a\"}", "unexpected_type")]
    [InlineData("POST /api/v5/publish/bulk []", "missing_resource")]
    public void Are_refused_where_they_could_be_read_otherwise(string request, string word) => Shown(request).ShouldBe("! " + word);

    [Fact]
    public void A_form_of_a_page_elsewhere_is_no_message() =>
        EmqxCatalogue.Routes.Classify("g", "POST", "/api/v5/publish", "text/plain", """{"topic":"a"}"""u8).Refusal.ShouldBe("content_type");

    [Theory]
    [InlineData("POST", "/api/v5/login", true, true)]
    [InlineData("POST", "/api/v5/%6cogin", true, true)]
    [InlineData("POST", "/api/v5/login/", false, true)]
    [InlineData("GET", "/api/v5/login", false, true)]
    [InlineData("POST", "/api/v5/login/challenge", false, true)]
    [InlineData("POST", "/api/v5/login/verify", false, true)]
    [InlineData("POST", "/api/v5/logout", false, true)]
    [InlineData("POST", "/api/v5/sso/login/ldap", false, true)]
    [InlineData("GET", "/api/v5/sso/saml/metadata", false, true)]
    [InlineData("GET", "/api/v5/sso/oidc/callback", false, true)]
    [InlineData("POST", "/api/v5/sso/login", false, true)]
    [InlineData("GET", "/api/v5/sso/running", false, false)]
    [InlineData("PUT", "/api/v5/sso/ldap", false, false)]
    [InlineData("POST", "/api/v5/logins", false, false)]
    [InlineData("POST", "/login", false, false)]
    public void No_login_of_EMQX_passes(string method, string target, bool isLogin, bool isOwn)
    {
        var parsed = new CanonicalTarget();
        parsed.Parse(target).ShouldBe(TargetError.None);
        EmqxCatalogue.IsLogin(method, parsed).ShouldBe(isLogin);
        EmqxCatalogue.IsOwnLogin(parsed).ShouldBe(isOwn);
    }

    [Theory]
    [InlineData("/api/v5/new_feature", true)]
    [InlineData("/api/v5/new/feature/", false)]
    [InlineData("/api/v5/new%2Ffeature", false)]
    [InlineData("/api/v4/clients", false)]
    [InlineData("/api/v5", false)]
    [InlineData("/other", false)]
    public void Only_the_known_version_may_have_what_nobody_knows(string target, bool expected)
    {
        var parsed = new CanonicalTarget();
        parsed.Parse(target).ShouldBe(TargetError.None);
        EmqxCatalogue.MayBeUnknown(parsed).ShouldBe(expected);
    }

    private static string Shown(string request)
    {
        string[] parts = request.Split(' ', 3);
        byte[] body = Encoding.UTF8.GetBytes(parts.Length > 2 ? parts[2] : "");
        RequestClass found = EmqxCatalogue.Classify("g", parts[0], parts[1], body.Length > 0 ? "application/json" : null, body);
        return found.Refusal is { } word ? "! " + word
            : string.Join("; ", found.Operations.Select(static o => o.Resources.Count == 0 ? o.Action : $"{o.Action} {string.Join(',', o.Resources)}"));
    }
}
