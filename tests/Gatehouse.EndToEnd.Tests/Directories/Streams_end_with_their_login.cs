using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Directories;

/// <summary>
/// What runs is cut once its login no longer stands: a realm that changed, a key that is gone, a token that ended, a certificate
/// that was revoked. What still stands runs on.
/// </summary>
public sealed class Streams_end_with_their_login
{
    // A second is promised; the rest is for a machine that does something else meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task Streams_of_a_token_fall_with_its_realm_its_key_and_its_end()
    {
        using var one = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var two = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using ScriptedUpstream upstream = Endless();
        int port = Ports.Free();
        await using Daemon daemon = await new Daemon(Gate(port, upstream, "realms: [native, sso]")).StartAsync();
        await daemon.SetRoleAsync("operator", "http:*:**");
        await daemon.AddUserAsync("paula", "paulas password 1", "operator");
        await SetTokensAsync(daemon, (one, "one"), (two, "two"));
        await MapAsync(daemon);

        using Running native = await Running.BeginAsync(daemon.Client(port, "paula", "paulas password 1"));
        using (Running brief = await BearerAsync(daemon, port, Token(one, "one", 3)))
        using (Running stays = await BearerAsync(daemon, port, Token(two, "two", 600)))
        {
            await brief.EndAsync(Patience + TimeSpan.FromSeconds(3));

            // Keys that are as they were, and one more: nobody falls.
            int version = await VersionAsync(daemon);
            await SetRoleAgainAsync(daemon);
            (await VersionAsync(daemon)).ShouldBe(version);
            await stays.GoesOnAsync();
        }

        using (Running first = await BearerAsync(daemon, port, Token(one, "one", 600)))
        {
            await SetTokensAsync(daemon, (two, "two"));
            await first.EndAsync(Patience);
        }

        using (Running mapped = await BearerAsync(daemon, port, Token(two, "two", 600)))
        {
            Fine(await daemon.CliAsync(["mapping", "rm", "ops"]));
            await mapped.EndAsync(Patience);
            await MapAsync(daemon);
        }

        using (Running disabled = await BearerAsync(daemon, port, Token(two, "two", 600)))
        {
            Fine(await daemon.CliAsync(["realm", "disable", "sso"]));
            await disabled.EndAsync(Patience);
            Fine(await daemon.CliAsync(["realm", "enable", "sso"]));
        }

        using (Running elsewhere = await BearerAsync(daemon, port, Token(two, "two", 600)))
        {
            daemon.WriteConfiguration(Gate(port, upstream, "realms: [native]"));
            daemon.Signal(1);
            await elsewhere.EndAsync(Patience);
        }

        await native.GoesOnAsync();
    }

    [Fact(Timeout = 180_000)]
    public async Task Streams_of_a_certificate_fall_with_its_list_its_authority_and_its_end()
    {
        using var people = new ClientAuthority("People");
        using var others = new ClientAuthority("People");
        await using ScriptedUpstream upstream = Endless();
        int port = Ports.Free();
        await using var daemon = new Daemon();
        string ca = daemon.Folder["people.pem"];
        string crl = daemon.Folder["people.crl"];
        await File.WriteAllTextAsync(ca, people.Pem, Cancelled);
        await File.WriteAllTextAsync(crl, people.Revoke(), Cancelled);
        daemon.WriteConfiguration(Gate(port, upstream, $"realms: [cards, native]\n    client_ca_file: {ca}"));
        await daemon.StartAsync();
        await daemon.SetRoleAsync("operator", "http:*:**");
        await SetCardsAsync(daemon, people, crl);
        Fine(await daemon.CliAsync(["mapping", "set", "ops", "--role", "operator", "--realm", "cards", "--group", "ops"]));

        using X509Certificate2 dora = people.Sign("CN=dora,OU=ops");
        using X509Certificate2 erik = people.Sign("CN=erik,OU=ops");
        using X509Certificate2 brief = people.Sign("CN=fred,OU=ops", DateTimeOffset.UtcNow.AddSeconds(8));
        using Running eriks = await Running.BeginAsync(daemon.Client(port, certificate: erik));
        using (Running ends = await Running.BeginAsync(daemon.Client(port, certificate: brief)))
        using (Running doras = await Running.BeginAsync(daemon.Client(port, certificate: dora)))
        {
            // Put in place at once, as one should; and a moment later half a list, which takes nobody's right and gives none back.
            await File.WriteAllTextAsync(crl + ".new", people.Revoke(dora), Cancelled);
            File.Move(crl + ".new", crl, overwrite: true);
            await doras.EndAsync(Patience);
            await File.WriteAllTextAsync(crl, "-----BEGIN X509 CRL-----\nMIIB", Cancelled);
            await ends.EndAsync(Patience + TimeSpan.FromSeconds(8));
            await eriks.GoesOnAsync();
        }

        await Should.ThrowAsync<HttpRequestException>(() => Running.BeginAsync(daemon.Client(port, certificate: dora)));
        await File.WriteAllTextAsync(crl, people.Revoke(dora), Cancelled);

        // The realm trusts another authority now; and then, back with the first one, the gate's own file does.
        await SetCardsAsync(daemon, others, crl);
        await eriks.EndAsync(Patience);
        await SetCardsAsync(daemon, people, crl);
        using Running again = await Running.BeginAsync(daemon.Client(port, certificate: erik));
        await File.WriteAllTextAsync(ca, others.Pem, Cancelled);
        await again.EndAsync(Patience);
    }

    [Fact(Timeout = 120_000)]
    public async Task Streams_of_a_key_fall_with_it()
    {
        await using ScriptedUpstream upstream = Endless();
        int port = Ports.Free();
        await using Daemon daemon = await new Daemon(Gate(port, upstream, "realms: [native, api-key]")).StartAsync();
        await daemon.SetRoleAsync("operator", "http:*:**");
        await daemon.AddUserAsync("paula", "paulas password 1", "operator");
        var keys = new List<(string Id, string Key)>();
        foreach (string name in (string[])["first", "second", "third"])
        {
            string[] more = name == "third" ? ["--expires", DateTimeOffset.UtcNow.AddSeconds(15).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)] : [];
            var made = await daemon.JsonAsync(["apikey", "create", name, "--owner", "paula", .. more]);
            keys.Add((made.GetProperty("id").GetString()!, made.GetProperty("key").GetString()!));
        }

        using Running third = await BearerAsync(daemon, port, keys[2].Key);
        using (Running first = await BearerAsync(daemon, port, keys[0].Key))
        using (Running second = await BearerAsync(daemon, port, keys[1].Key))
        {
            Fine(await daemon.CliAsync(["apikey", "revoke", keys[0].Id]));
            await first.EndAsync(Patience);
            await second.GoesOnAsync();
            Fine(await daemon.CliAsync(["user", "set", "paula", "--disable"]));
            await second.EndAsync(Patience);
            await third.EndAsync(Patience);
        }
    }

    private static string Gate(int port, ScriptedUpstream upstream, string realms) =>
        $"gates:\n  streams:\n    protocol: http\n    listen: 127.0.0.1:{port}\n    upstream: http://127.0.0.1:{upstream.Port}\n    {realms}\n";

    private static async Task MapAsync(Daemon daemon) =>
        Fine(await daemon.CliAsync(["mapping", "set", "ops", "--role", "operator", "--realm", "sso", "--group", "ops"]));

    private static async Task<int> VersionAsync(Daemon daemon) => (await daemon.JsonAsync("realm", "show", "sso")).GetProperty("version").GetInt32();

    // A change that is none of the realm's.
    private static async Task SetRoleAgainAsync(Daemon daemon) => await daemon.SetRoleAsync("another", "http:get:**");

    private static async Task SetTokensAsync(Daemon daemon, params (ECDsa Key, string Id)[] keys)
    {
        IEnumerable<string> written = keys.Select(static key =>
        {
            ECParameters point = key.Key.ExportParameters(includePrivateParameters: false);
            return $$"""{"kty":"EC","crv":"P-256","kid":"{{key.Id}}","alg":"ES256","x":"{{Base64Url.EncodeToString(point.Q.X)}}","y":"{{Base64Url.EncodeToString(point.Q.Y)}}"}""";
        });
        await SetAsync(daemon, "sso", $$"""
            kind: jwt
            token:
              issuer: https://issuer.test
              audiences: gatehouse
              algorithms: ES256
              groups_claim: /groups
              skew_seconds: 0
              keys: '{"keys":[{{string.Join(',', written)}}]}'
            """);
    }

    private static Task SetCardsAsync(Daemon daemon, ClientAuthority authority, string crl) => SetAsync(daemon, "cards", $"""
        kind: pki
        certificate:
          groups_from: subject.OU
          crls: [{crl}]
          authorities: |
        {string.Join('\n', authority.Pem.Trim().Split('\n').Select(static line => "    " + line))}
        """);

    private static async Task SetAsync(Daemon daemon, string name, string yaml)
    {
        string file = daemon.Folder[name + ".yaml"];
        await File.WriteAllTextAsync(file, yaml.ReplaceLineEndings("\n"), Cancelled);
        Fine(await daemon.CliAsync(["realm", "set", name, "-f", file]));
    }

    private static Task<Running> BearerAsync(Daemon daemon, int port, string token)
    {
        HttpClient client = daemon.Client(port);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return Running.BeginAsync(client);
    }

    private static string Token(ECDsa key, string id, int seconds)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string head = $$"""{"alg":"ES256","typ":"JWT","kid":"{{id}}"}""";
        string body = string.Create(
            CultureInfo.InvariantCulture, $$"""{"iss":"https://issuer.test","sub":"carla","aud":"gatehouse","groups":["ops"],"iat":{{now - 60}},"exp":{{now + seconds}}}""");
        string signed = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(head)) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(body));
        return signed + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }

    /// <summary>A service that answers with a line every 50 ms, for ever.</summary>
    private static ScriptedUpstream Endless() => ScriptedUpstream.Start(static async peer =>
    {
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        try
        {
            while (true)
            {
                await peer.SendAsync("5\r\nline\n\r\n");
                await Task.Delay(50);
            }
        }
        catch (Exception gone) when (gone is IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // The gate ended it.
        }
    });

    private static void Fine(ShellResult result) => result.ExitCode.ShouldBe(0, result.ToString());

    /// <summary>A request whose answer is being read.</summary>
    private sealed class Running(HttpClient client, HttpResponseMessage answer, Stream body) : IDisposable
    {
        private readonly byte[] _buffer = new byte[256];

        public static async Task<Running> BeginAsync(HttpClient client)
        {
            HttpResponseMessage answer = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, Cancelled);
            answer.EnsureSuccessStatusCode();
            var running = new Running(client, answer, await answer.Content.ReadAsStreamAsync(Cancelled));
            await running.GoesOnAsync();
            return running;
        }

        public async Task GoesOnAsync()
        {
            // More than what could have been on its way.
            for (int i = 0; i < 20; i++)
            {
                (await body.ReadAsync(_buffer, Cancelled)).ShouldBeGreaterThan(0);
            }
        }

        public async Task EndAsync(TimeSpan within)
        {
            long began = Stopwatch.GetTimestamp();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            limit.CancelAfter(within);
            try
            {
                while (await body.ReadAsync(_buffer, limit.Token) > 0)
                {
                }
            }
            catch (Exception cut) when (cut is HttpIOException or IOException)
            {
                // In the middle of the answer, as it must be.
                TestContext.Current.TestOutputHelper?.WriteLine($"cut after {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms");
                return;
            }

            throw new InvalidOperationException("the answer came to an end of its own");
        }

        public void Dispose()
        {
            answer.Dispose();
            client.Dispose();
        }
    }
}
