using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary><c>gatehouse connect</c>: least identities and settings for the programs around Elasticsearch.</summary>
public sealed partial class Connect_products : IAsyncLifetime
{
    private readonly int _port = Ports.Free();
    private readonly int _kibanaPort = Ports.Free();
    private ElasticsearchStandIn _cluster = null!;
    private Daemon _daemon = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await ElasticsearchStandIn.StartAsync();
        _daemon = await new Daemon(
            $"gates:\n  elasticsearch:\n    protocol: http\n    system: elasticsearch\n    listen: 127.0.0.1:{_port}\n    upstream: {_cluster.Address.GetLeftPart(UriPartial.Authority)}\n"
            + $"  kibana:\n    protocol: http\n    listen: 127.0.0.1:{_kibanaPort}\n    upstream: http://127.0.0.1:{Ports.Free()}\n").StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Theory]
    [InlineData("kibana", "kibana_system", "elasticsearch.hosts: [\"https://127.0.0.1:PORT\"]")]
    [InlineData("logstash", "logstash_writer", "    hosts => [\"https://127.0.0.1:PORT\"]")]
    [InlineData("filebeat", "filebeat_writer", "  hosts: [\"https://127.0.0.1:PORT\"]")]
    [InlineData("metricbeat", "metricbeat_writer", "  hosts: [\"https://127.0.0.1:PORT\"]")]
    [InlineData("fluent-bit", "fluent_bit_writer", "    Port                PORT")]
    public async Task A_product_gets_an_identity_and_its_settings(string product, string role, string line)
    {
        string file = _daemon.Folder["settings"];

        ShellResult made = await _daemon.CliAsync(["connect", product, "--write", file]);

        made.ExitCode.ShouldBe(0, made.ToString());
        string settings = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        settings.Split('\n').ShouldContain(line.Replace("PORT", _port.ToString(), StringComparison.Ordinal));
        settings.ShouldContain(_daemon.Folder["gatehouse-ca.crt"]);
        (await File.ReadAllBytesAsync(_daemon.Folder["gatehouse-ca.crt"], TestContext.Current.CancellationToken)).ShouldBe(await File.ReadAllBytesAsync(_daemon.CaFile, TestContext.Current.CancellationToken));
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Credential credential = Credential.In(settings);
        made.ToString().ShouldNotContain(credential.Secret);
        (_daemon.Output + _daemon.Error + string.Concat(_daemon.Trail())).ShouldNotContain(credential.Secret);
        (await RolesAsync(credential)).ShouldBe(credential.IsKey ? "" : role);
        JsonElement user = await _daemon.JsonAsync("user", "show", product);
        user.GetProperty("roles").EnumerateArray().Select(static one => one.GetString()).ShouldBe([role]);
        user.GetProperty("service").GetBoolean().ShouldBe(credential.IsKey);
        if (product == "kibana")
        {
            settings.ShouldContain($"server.publicBaseUrl: \"https://127.0.0.1:{_kibanaPort}\"");
        }
    }

    [Theory, InlineData("filebeat"), InlineData("fluent-bit")]
    public async Task A_second_time_says_that_it_is_there_and_a_rotation_ends_the_old_credential(string product)
    {
        string file = _daemon.Folder["settings"];
        (await _daemon.CliAsync(["connect", product, "--write", file])).ExitCode.ShouldBe(0);
        string first = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);

        ShellResult again = await _daemon.CliAsync(["connect", product, "--write", file, "--force"]);
        again.ExitCode.ShouldBe(1);
        again.Error.ShouldContain("GH9010");
        again.Error.ShouldContain("--rotate");
        ShellResult inTheWay = await _daemon.CliAsync(["connect", product, "--write", file, "--rotate"]);
        inTheWay.ExitCode.ShouldBe(1);
        inTheWay.Error.ShouldContain("--force");
        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldBe(first);
        (await RolesAsync(Credential.In(first))).ShouldNotBeNull();

        ShellResult rotated = await _daemon.CliAsync(["connect", product, "--write", file, "--rotate", "--force"]);
        rotated.ExitCode.ShouldBe(0, rotated.ToString());
        string second = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        (await RolesAsync(Credential.In(second))).ShouldNotBeNull();
        (await RolesAsync(Credential.In(first))).ShouldBeNull();
    }

    [Fact]
    public async Task A_setup_is_for_as_long_as_it_takes()
    {
        (await _daemon.CliAsync(["connect", "metricbeat", "--setup"])).Output.ShouldNotContain("setup.template.enabled");
        (await UserRolesAsync("metricbeat")).ShouldBe(["metricbeat_writer", "metricbeat_setup"]);

        (await _daemon.CliAsync(["connect", "metricbeat", "--rotate"])).Output.ShouldContain("setup.template.enabled: false");

        (await UserRolesAsync("metricbeat")).ShouldBe(["metricbeat_writer"]);
    }

    [Fact]
    public async Task What_is_printed_can_be_piped_and_read()
    {
        ShellResult printed = await _daemon.CliAsync(["connect", "logstash", "--password", "--name", "shipper", "--address", "https://search.example.com:9443"]);
        printed.ExitCode.ShouldBe(0, printed.ToString());
        printed.Output.ShouldStartWith("# Logstash");
        printed.Output.ShouldContain("hosts => [\"https://search.example.com:9443\"]");
        printed.Output.ShouldContain("user => \"shipper\"");
        printed.Output.ShouldEndWith("}\n");
        printed.Error.ShouldContain("shown only now");
        printed.Error.ShouldNotContain(Credential.In(printed.Output).Secret);

        JsonElement json = await _daemon.JsonAsync("connect", "filebeat", "--address", "https://search.example.com");
        json.GetProperty("address").GetString().ShouldBe($"https://search.example.com:{_port}");
        json.GetProperty("credential").GetString().ShouldBe("key");
        Credential.In(json.GetProperty("settings").GetString()!).IsKey.ShouldBeTrue();
    }

    [Fact]
    public async Task A_role_that_an_operator_wrote_stays()
    {
        await _daemon.SetRoleAsync("filebeat_writer", "elasticsearch:index:create_doc filebeat-8*");

        ShellResult made = await _daemon.CliAsync(["connect", "filebeat"]);

        made.ExitCode.ShouldBe(0, made.ToString());
        made.Error.ShouldContain("left as it is");
        (await _daemon.JsonAsync("role", "show", "filebeat_writer")).ToString().ShouldContain("filebeat-8*");
        (await _daemon.CliAsync(["connect", "filebeat", "--name", "second"])).Error.ShouldContain("left as it is");
        (await _daemon.CliAsync(["connect", "metricbeat"])).Error.ShouldNotContain("left as it is");
        (await _daemon.CliAsync(["connect", "metricbeat", "--rotate"])).Error.ShouldNotContain("left as it is");
    }

    [Fact]
    public async Task A_mistyped_name_takes_nothing_from_anybody()
    {
        await _daemon.AddUserAsync("plain", "a long way home");
        foreach (string name in new[] { "admin", "plain" })
        {
            ShellResult refused = await _daemon.CliAsync(["connect", "kibana", "--name", name, "--rotate"]);
            refused.ExitCode.ShouldBe(1, refused.ToString());
            refused.Error.ShouldContain("GH9024");
        }

        (await _daemon.CliAsync(["connect", "kibana", "--rotate"])).Error.ShouldContain("GH9009");
        (await _daemon.CliAsync(["connect", "filebeat"])).ExitCode.ShouldBe(0);
        (await _daemon.CliAsync(["connect", "filebeat", "--rotate", "--password"])).Error.ShouldContain("--key");
        (await _daemon.Client(_port, "admin", _daemon.Password).GetAsync("/_security/_authenticate", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await UserRolesAsync("admin")).ShouldNotContain("kibana_system");
    }

    [Fact]
    public async Task What_cannot_be_done_is_said_before_anything_is_made()
    {
        string link = _daemon.Folder["link"];
        File.CreateSymbolicLink(link, _daemon.Folder["elsewhere"]);
        string key = _daemon.Folder["ca-and-key.pem"];
        await File.WriteAllTextAsync(key, "-----BEGIN PRIVATE KEY-----\n", TestContext.Current.CancellationToken);
        (string[] Arguments, string Says)[] wrong =
        [
            (["kibana", "--key"], "takes no API key"),
            (["filebeat", "--key", "--password"], "contradicts"),
            (["kibana", "--setup"], "--setup"),
            (["filebeat", "--gate", "none"], "there is no gate"),
            (["filebeat", "--gate", "kibana"], "not one of system elasticsearch"),
            (["filebeat", "--address", "http://search.example.com"], "no https address"),
            (["filebeat", "--address", "https://a:b@search.example.com"], "no https address"),
            (["filebeat", "--address", "https://search.example.com/x"], "no https address"),
            (["filebeat", "--name", "a b"], "GH9011"),
            (["filebeat", "--write", link], "symbolic link"),
            (["filebeat", "--write", _daemon.Folder["none/x.yml"]], "there is no folder"),
            (["filebeat", "--write", _daemon.Folder["a${b}.yml"]], "mean something in settings"),
            (["filebeat", "--ca", key], "private key"),
            (["filebeat", "--ca", _daemon.Folder["none.crt"]], "--ca FILE"),
            (["winlogbeat"], "GH9001"),
        ];
        foreach ((string[] arguments, string says) in wrong)
        {
            ShellResult result = await _daemon.CliAsync(["connect", .. arguments]);
            result.ExitCode.ShouldBeOneOf(1, 2);
            result.Error.ShouldContain(says, Case.Sensitive, result.ToString());
        }

        (await _daemon.JsonAsync("user", "list")).GetProperty("users").EnumerateArray().Select(static user => user.GetProperty("name").GetString()).ShouldBe(["admin"]);
    }

    private async Task<string?[]> UserRolesAsync(string name) =>
        [.. (await _daemon.JsonAsync("user", "show", name)).GetProperty("roles").EnumerateArray().Select(static role => role.GetString())];

    // The roles that the gate says the credential has; null when it lets it in no more.
    private async Task<string?> RolesAsync(Credential credential)
    {
        using HttpClient client = _daemon.Client(_port);
        client.DefaultRequestHeaders.Authorization = credential.Header;
        using HttpResponseMessage answer = await client.GetAsync("/_security/_authenticate", TestContext.Current.CancellationToken);
        return answer.StatusCode == HttpStatusCode.OK
            ? string.Join(',', JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("roles").EnumerateArray().Select(static role => role.GetString()))
            : null;
    }

    /// <summary>The credential in a product's settings, as the product would find it.</summary>
    internal sealed partial record Credential(string? User, string Secret)
    {
        public bool IsKey => User is null;

        public AuthenticationHeaderValue Header => new(IsKey ? "ApiKey" : "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(IsKey ? Secret : $"{User}:{Secret}")));

        public static Credential In(string settings) => Key().Match(settings) is { Success: true } key
            ? new Credential(null, key.Groups[1].Value)
            : new Credential(Name().Match(settings).Groups[1].Value, Password().Match(settings).Groups[1].Value);

        [GeneratedRegex("api_key(?:: | => )\"([A-Za-z0-9]+:[A-Za-z0-9_-]+)\"", RegexOptions.NonBacktracking)]
        private static partial Regex Key();

        [GeneratedRegex("(?m)(?:username: |user => |HTTP_User +)\"?([A-Za-z0-9_.-]+)\"?$", RegexOptions.NonBacktracking)]
        private static partial Regex Name();

        [GeneratedRegex("(?m)(?:password: |password => |HTTP_Passwd +)\"?([a-z0-9-]+)\"?$", RegexOptions.NonBacktracking)]
        private static partial Regex Password();
    }
}
