using static Gatehouse.Doctor.Findings.Severity;

namespace Gatehouse.Doctor.Tests.Emqx;

/// <summary>Authentication and authorization.</summary>
internal static class AccessCases
{
    private const string Legacy = "env 812 EMQX_SECURITY_PROFILE=legacy";
    private const string Open = "listeners.tcp.default.bind = \"10.0.0.5:1883\"\n";
    private const string Ws = "listeners.ws.default { enable = true, bind = \"127.0.0.1:8083\" }\n";

    // As the packages have it up to 6.1.
    private const string StockAcl = """
        %% who may what
        {allow, {username, {re, "^dashboard$"}}, subscribe, ["$SYS/#"]}.
        {allow, {ipaddr, "127.0.0.1"}, all, ["$SYS/#", "#"]}.
        {deny, all, subscribe, ["$SYS/#", {eq, "#"}, {eq, "+/#"}]}.
        {allow, all}.
        """;

    private const string LegacyAcl = "{allow, {security_profile, legacy}}.";

    public static EmqxCase[] All { get; } =
    [
        new("AUN-001", Medium, "authentication = []") { Line = 1, Host = Legacy },
        new("AUN-001", Critical, Open + "authentication = [{ mechanism = jwt, enable = false }]") { Line = 2, Host = Legacy },
        new("AUN-001", Critical, Open + "authentication = null") { Version = "5.8.9", Line = 2 },
        new("AUN-001", Critical, Open + "authentication = []") { Host = "noenv 812", IsUnknown = true },
        new("AUN-002", High, "authentication = [{ mechanism = password_based, backend = mysql, password_hash_algorithm = { name = md5 } }]") { Line = 1 },
        new("AUN-002", High, "authentication = [{ mechanism = password_based, backend = built_in_database, password_hash_algorithm = { name = sha256, salt_position = disable } }]") { Line = 1, Says = "without salt" },
        new("AUN-003", High, "authentication = [{ mechanism = jwt, use_jwks = true, endpoint = \"http://login.example.com/jwks\" }]") { Line = 1, Says = "in clear" },
        new("AUN-003", High, "authentication = [{ mechanism = jwt, use_jwks = true, endpoint = \"https://login.example.com/jwks\", ssl { enable = true, verify = verify_none } }]") { Line = 1, Host = Legacy, Says = "whoever answers" },
        new("AUN-003", High, "authentication = [{ mechanism = jwt, use_jwks = false, algorithm = \"hmac-based\", secret = \"S3CR3T\" }]") { Line = 1, Says = "shorter" },
        new("AUN-003", High, "authentication = [{ mechanism = jwt, use_jwks = false, algorithm = \"hmac-based\" }]") { Line = 1, Says = "not set" },
        new("AUN-004", High, "authentication = [{ mechanism = password_based, backend = mysql, server = \"db.example.com:3306\", password = \"S3CR3T\" }]") { Line = 1 },
        new("AUN-004", High, "authentication = [{ mechanism = password_based, backend = http, method = post, url = \"http://auth.example.com/mqtt\" }]") { Line = 1 },
        new("AUN-004", High, "authentication = [{ mechanism = password_based, backend = redis, server = \"127.0.0.1:6379\", password = public }]") { Line = 1, Says = "password" },
        new("AUN-004", High, "authorization.sources = [{ type = postgresql, server = \"db.example.com\", enable = true }]") { Line = 1, Says = "authorization source" },
        new("AUN-005", Medium, "authentication = [{ mechanism = password_based, backend = http, url = \"https://a.example.com\" }, { mechanism = password_based, backend = built_in_database }]") { Line = 1, Host = Legacy },
        new("AUN-006", High, Open + "mqtt.use_username_as_clientid = false") { Line = 2 },
        new("AUZ-001", Critical, "authorization.no_match = allow") { Line = 1, Acl = "{allow, all, publish, [\"a\"]}." },
        new("AUZ-001", Critical, "authorization = {}\nauthorization = null") { Version = "5.8.9", Acl = "" },
        new("AUZ-001", Low, "authorization.no_match = allow") { Line = 1 },
        new("AUZ-001", Medium, "authorization.no_match = allow") { Version = "5.8.9", Line = 1 },
        new("AUZ-001", Critical, "authorization = null") { Runs = false, Version = "", IsUnknown = true },
        new("AUZ-002", Critical) { Acl = StockAcl },
        new("AUZ-002", Critical) { Acl = LegacyAcl, Host = Legacy },
        new("AUZ-002", Critical) { Acl = LegacyAcl, Host = "noenv 812", IsUnknown = true },
        new("AUZ-003", Medium) { Acl = StockAcl, Says = "from this host" },
        new("AUZ-003", Critical, "listeners.tcp.default.proxy_protocol = false") { Acl = StockAcl, Says = "a proxy" },
        new("AUZ-003", Critical, Ws) { Acl = StockAcl, Version = "6.2.2", Says = "may claim" },
        new("AUZ-004", Medium, "authentication = []") { Acl = StockAcl, Host = Legacy },
        new("AUZ-005", High) { Version = "6.2.2", Acl = "{allow, all, all, [\"u/${username}/#\"]}.\n{deny, all}." },
        new("AUZ-005", High, "authorization.topic_template_allow.plus = true") { Acl = "{allow, all, all, [\"u/${username}/#\"]}.\n{deny, all}." },
        new("AUZ-005", High) { Runs = false, Version = "", Acl = "{allow, all, all, [\"u/${username}/#\"]}.\n{deny, all}.", IsUnknown = true },
        new("AUZ-006", Medium) { Acl = "{allow, {'and', [{username, {re, \"admin\"}}, {ipaddr, \"10.0.0.0/8\"}]}, all, [\"ops/#\"]}.\n{deny, all}." },
        new("AUZ-006", Medium) { Acl = "{allow, {username, {re, \"^admin|operator$\"}}, all, [\"ops/#\"]}.\n{deny, all}." },
        new("AUZ-007", High, "authorization.sources = [{ type = file, enable = false }, { type = http, enable = true }]\nauthorization.no_match = allow") { Line = 1, Says = "the file are off" },
        new("AUZ-007", Low, "authorization.sources = [{ type = file, enable = false }, { type = http }]") { Line = 1, Says = "the file are off" },
        new("AUZ-007", High, "authorization.sources = []\nauthorization.no_match = allow") { Line = 1 },
        new("AUZ-007", Low, "authorization.sources = [{ type = file, enable = false }]") { Line = 1 },
        new("AUZ-007", High) { Acl = "{allow, somebody", IsUnknown = true },
        new("AUZ-008", Low, "authorization.cache.ttl = 10m") { Line = 1 },
        new("AUZ-009", High) { Acl = "{deny, all, subscribe, [\"secret/#\"]}.\n{allow, all, subscribe, [\"#\"]}.\n{deny, all}." },
        new("AUZ-009", High) { Acl = "{deny, all, all, [\"a/b\"]}.\n{allow, {username, \"x\"}, subscribe, [\"+/b\"]}.\n{deny, all}." },
        new("AUZ-009", High, "authorization.no_match = allow") { Acl = "{deny, all, subscribe, [\"secret/#\"]}." },
        new("AUZ-010", Medium) { Acl = "{allow, all, subscribe, [\"plant/+\"]}.\n{deny, all}.", Says = "plant/#" },
        new("AUZ-011", High) { Acl = StockAcl, Says = "$queue/#" },
        new("AUZ-011", High) { Acl = "{deny, all, subscribe, [\"$queue/#\", \"$exclusive/#\"]}.\n{allow, all}.", Says = "$stream/#" },
    ];
}
