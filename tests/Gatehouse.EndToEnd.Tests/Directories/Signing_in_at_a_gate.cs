using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Directories;

/// <summary>People and programs of others at a gate of a running daemon: from a directory, with a token, with a certificate.</summary>
public sealed class Signing_in_at_a_gate(SlapdFixture slapd) : IClassFixture<SlapdFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task People_of_a_directory_come_with_the_roles_of_their_groups()
    {
        int port = Ports.Free();
        await using Daemon daemon = await new Daemon(Gate(port, "realms: [native, corp]")).StartAsync();
        await daemon.SetRoleAsync("writer", "http:*:**");
        await SetRealmAsync(daemon, "corp", $"""
            kind: ldap
            directory:
              urls: {slapd.Server.TlsUrl}
              authorities: |
            {Indent(slapd.Authority.Pem)}
              bind_dn: {SlapdServer.Searcher}
              user_base: ou=people,dc=example
              group_base: ou=groups,dc=example
            """, "--bind-password-file", "-");
        Fine(await daemon.CliAsync(["mapping", "set", "writers", "--role", "writer", "--realm", "corp", "--group", "cn=Writers,ou=groups,dc=example"]));

        JsonElement anna = (await WhoAmIAsync(daemon, port, "anna", "anna-password-1"))!.Value;
        anna.GetProperty("user").GetString().ShouldBe("anna");
        anna.GetProperty("realm").GetString().ShouldBe("corp");
        anna.GetProperty("roles").ToString().ShouldBe("[\"writer\"]");
        (await WhoAmIAsync(daemon, port, "admin", daemon.Password))!.Value.GetProperty("realm").GetString().ShouldBe("native");

        // No password (which the directory itself takes for anonymous), a wrong one, a filter for a name, nobody.
        foreach ((string user, string password) in ((string, string)[])
            [("anna", ""), ("anna", "wrong"), ("*", "anna-password-1"), ("anna)(uid=*", "anna-password-1"), ("nobody", "anna-password-1")])
        {
            (await WhoAmIAsync(daemon, port, user, password)).ShouldBeNull($"{user}:{password}");
        }

        // What the daemon remembers of a login ends with the realm.
        Fine(await daemon.CliAsync(["realm", "disable", "corp"]));
        (await WhoAmIAsync(daemon, port, "anna", "anna-password-1")).ShouldBeNull();
        Fine(await daemon.CliAsync(["realm", "enable", "corp"]));
        (await WhoAmIAsync(daemon, port, "anna", "anna-password-1")).ShouldNotBeNull();

        await daemon.StopAsync();
        string trail = string.Concat(daemon.Trail().Select(static r => r.GetRawText()));
        trail.ShouldNotContain("anna-password-1");
        trail.ShouldContain("\"corp\"");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_token_is_believed_by_its_signature_only()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECParameters point = key.ExportParameters(includePrivateParameters: false);
        int port = Ports.Free();
        await using Daemon daemon = await new Daemon(Gate(port, "realms: [sso]")).StartAsync();
        await daemon.SetRoleAsync("operator", "http:*:**");
        string keys = $$"""{"keys":[{"kty":"EC","crv":"P-256","kid":"one","alg":"ES256","x":"{{Base64Url.EncodeToString(point.Q.X)}}","y":"{{Base64Url.EncodeToString(point.Q.Y)}}"}]}""";
        await SetRealmAsync(daemon, "sso", $"""
            kind: jwt
            token:
              issuer: https://issuer.test
              audiences: gatehouse
              algorithms: ES256
              groups_claim: /groups
              keys: '{keys}'
            """);
        Fine(await daemon.CliAsync(["mapping", "set", "ops", "--role", "operator", "--realm", "sso", "--group", "ops"]));

        JsonElement carla = (await BearerAsync(daemon, port, Token(key, "ES256", "gatehouse", 300)))!.Value;
        carla.GetProperty("user").GetString().ShouldBe("carla");
        carla.GetProperty("roles").ToString().ShouldBe("[\"operator\"]");

        foreach (string token in (string[])
            [
                Token(other, "ES256", "gatehouse", 300), Token(null, "none", "gatehouse", 300), Token(key, "ES256", "elsewhere", 300),
                Token(key, "ES256", "gatehouse", -3600), Token(key, "ES384", "gatehouse", 300), "x.y.z",
            ])
        {
            (await BearerAsync(daemon, port, token)).ShouldBeNull();
        }

        // Another realm's password is none of this gate's business.
        (await WhoAmIAsync(daemon, port, "admin", daemon.Password)).ShouldBeNull();

        // Its groups are in the record: another mapping is tried on what was done. A change that is answered is behind it.
        const string Moved = "version: 1\nmappings:\n  ops: {roles: [operator], realms: [sso], groups: [others]}\n";
        await daemon.SetRoleAsync("other", "http:get:x");
        ShellResult replay = await daemon.CliAsync(["policy", "replay", "-f", "-", "--since", "1h", "--gate", "people"], Moved);
        replay.ExitCode.ShouldBe(1, replay.ToString());
        replay.Output.ShouldMatch("denied +1 +sso/carla +people");
        replay = await daemon.CliAsync(["policy", "replay", "-f", "-", "--since", "1h", "--gate", "people"], Moved.Replace("others", "others, ops", StringComparison.Ordinal));
        replay.ExitCode.ShouldBe(0, replay.ToString());
        replay.Error.ShouldNotContain("groups");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_certificate_is_believed_by_its_authority_only()
    {
        using var authority = new ClientAuthority("People");
        using var stranger = new ClientAuthority("People");
        int port = Ports.Free();
        await using var daemon = new Daemon();
        await File.WriteAllTextAsync(daemon.Folder["people.pem"], authority.Pem, Cancelled);
        daemon.WriteConfiguration(Gate(port, $"realms: [cards, native]\n    client_ca_file: {daemon.Folder["people.pem"]}"));
        await daemon.StartAsync();
        await daemon.SetRoleAsync("operator", "http:*:**");
        await SetRealmAsync(daemon, "cards", $"""
            kind: pki
            certificate:
              groups_from: subject.OU
              authorities: |
            {Indent(authority.Pem)}
            """);
        Fine(await daemon.CliAsync(["mapping", "set", "ops", "--role", "operator", "--realm", "cards", "--group", "ops"]));

        using X509Certificate2 good = authority.Sign("CN=dora,OU=ops");
        using X509Certificate2 alike = stranger.Sign("CN=dora,OU=ops");
        using X509Certificate2 trick = authority.Sign("CN=\"dora,OU=ops\"");
        JsonElement dora = (await CertificateAsync(daemon, port, good))!.Value;
        dora.GetProperty("user").GetString().ShouldBe("dora");
        dora.GetProperty("realm").GetString().ShouldBe("cards");
        dora.GetProperty("roles").ToString().ShouldBe("[\"operator\"]");
        (await CertificateAsync(daemon, port, alike)).ShouldBeNull();

        // A comma within a value makes no second part.
        JsonElement? tricked = await CertificateAsync(daemon, port, trick);
        (tricked is null || tricked.Value.GetProperty("roles").GetArrayLength() == 0).ShouldBeTrue();
    }

    private static string Gate(int port, string realms) =>
        $"gates:\n  people:\n    protocol: http\n    listen: 127.0.0.1:{port}\n    upstream: builtin:whoami\n    {realms}\n";

    private static async Task SetRealmAsync(Daemon daemon, string name, string yaml, params string[] more)
    {
        string file = daemon.Folder[name + ".yaml"];
        await File.WriteAllTextAsync(file, yaml.ReplaceLineEndings("\n"), Cancelled);
        Fine(await daemon.CliAsync(["realm", "set", name, "-f", file, .. more], more.Length > 0 ? SlapdServer.SearcherPassword : null));
    }

    private static Task<JsonElement?> WhoAmIAsync(Daemon daemon, int port, string user, string password) =>
        AskAsync(daemon.Client(port, user, password));

    private static Task<JsonElement?> BearerAsync(Daemon daemon, int port, string token)
    {
        HttpClient client = daemon.Client(port);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return AskAsync(client);
    }

    private static async Task<JsonElement?> CertificateAsync(Daemon daemon, int port, X509Certificate2 certificate)
    {
        HttpClient client = daemon.Client(port, certificate: certificate);
        try
        {
            return await AskAsync(client);
        }
        catch (Exception cut) when (cut is HttpRequestException or SocketException)
        {
            // Refused within the handshake.
            return null;
        }
    }

    /// <summary>What whoami says; null for 401.</summary>
    private static async Task<JsonElement?> AskAsync(HttpClient client)
    {
        using (client)
        {
            using HttpResponseMessage answer = await client.GetAsync("/", Cancelled);
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
            {
                return null;
            }

            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancelled)).RootElement;
        }
    }

    private static string Token(ECDsa? key, string algorithm, string audience, int seconds)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string head = $$"""{"alg":"{{algorithm}}","typ":"JWT","kid":"one"}""";
        string body = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"iss":"https://issuer.test","sub":"carla","aud":"{{audience}}","groups":["ops"],"iat":{{now - 7200}},"exp":{{now + seconds}}}""");
        string signed = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(head)) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(body));
        byte[] signature = key?.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256) ?? [];
        return signed + "." + Base64Url.EncodeToString(signature);
    }

    private static string Indent(string pem) => string.Join('\n', pem.Trim().Split('\n').Select(static line => "    " + line));

    private static void Fine(ShellResult result) => result.ExitCode.ShouldBe(0, result.ToString());
}
