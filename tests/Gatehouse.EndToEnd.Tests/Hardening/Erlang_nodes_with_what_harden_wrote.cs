using System.Text.RegularExpressions;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Hardening;

/// <summary>Real Erlang nodes with the cookie, the certificates and the <c>ssl_dist.conf</c> that harden wrote for EMQX: they join, and nobody else does.</summary>
public sealed partial class Erlang_nodes_with_what_harden_wrote : IAsyncLifetime
{
    private const string Members = "emqx1@127.91.0.1,emqx2@127.91.0.2";

    private readonly Daemon _daemon = new();
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _daemon.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _folder.Dispose();
    }

    [Fact(Timeout = 240_000)]
    public async Task They_join_and_a_stranger_with_the_cookie_does_not()
    {
        string code = await ErlangNode.CompileAsync(_folder);
        string cookie = await HardenAsync("emqx1", "127.91.0.1", null);
        foreach ((string name, string address) in ((string, string)[])[("emqx2", "127.91.0.2"), ("emqx3", "127.91.0.3")])
        {
            (await HardenAsync(name, address, cookie)).ShouldBe(cookie);
        }

        // The stranger has the cookie and the port of its name. What it shows is one thing or another.
        string other = await OtherAuthorityAsync("127.91.0.4");
        Copy("emqx3", "emqx4", text => text.Replace(_folder["emqx3/gatehouse-erlang"], other, StringComparison.Ordinal));
        Copy("emqx3", "emqx5", static text => text);
        Copy("emqx3", "emqx6", static text => ClientCertificate().Replace(text, "{client,\n    [{cacertfile"));
        string[] names = ["emqx1@127.91.0.1", "emqx2@127.91.0.2", "emqx3@127.91.0.3", "emqx4@127.91.0.4", "emqx5@127.91.0.5", "emqx6@127.91.0.6"];
        ErlangNode[] nodes = await Task.WhenAll(names.Select(name => ErlangNode.StartAsync(
            _folder, name, cookie, code, new Dictionary<string, string>(), "-proto_dist", "inet_tls", "-ssl_dist_optfile", _folder[$"{name.Split('@')[0]}/ssl_dist.conf"])));
        try
        {
            (await PingAsync(nodes[0], names[1])).ShouldBe("pong");
            (await PingAsync(nodes[2], names[0])).ShouldBe("pong", "the control: its own certificate for its own address");
            (await nodes[0].EvalAsync("lists:sort(nodes())")).ShouldBe("['emqx2@127.91.0.2','emqx3@127.91.0.3']");
            (await nodes[1].EvalAsync("rpc:call('emqx1@127.91.0.1', erlang, node, [])")).ShouldBe("'emqx1@127.91.0.1'");

            (await PingAsync(nodes[3], names[0])).ShouldBe("pang", "another CA");
            (await PingAsync(nodes[5], names[0])).ShouldBe("pang", "no certificate");
            (await PingAsync(nodes[0], names[3])).ShouldBe("pang", "another CA, called");
            (await PingAsync(nodes[0], names[4])).ShouldBe("pang", "a certificate of the CA for another host, called");
            (await nodes[0].EvalAsync("lists:sort(nodes())")).ShouldBe("['emqx2@127.91.0.2','emqx3@127.91.0.3']");
            await nodes[0].Process.WaitForAsync("hostname_check_failed", 10);
        }
        finally
        {
            foreach (ErlangNode node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    [Fact(Timeout = 240_000)]
    public async Task Who_calls_has_the_certificate_of_a_named_node_and_its_name()
    {
        string code = await ErlangNode.CompileAsync(_folder);
        string cookie = await HardenAsync("emqx1", "127.91.0.1", null, "--nodes", Members);
        await HardenAsync("emqx2", "127.91.0.2", cookie, "--nodes", Members);
        await HardenAsync("emqx3", "127.91.0.3", cookie); // of the same CA, for a host that is not named
        string first = "emqx1@127.91.0.1", second = "emqx2@127.91.0.2";
        string[] allowed = await AllowedAsync("emqx1");
        allowed.ShouldBe(["-s", "net_kernel", "allow", first, second, "127.91.0.1"]);

        ErlangNode one = await StartAsync(code, cookie, first, "emqx1", allowed);
        try
        {
            // The stranger goes first, while nobody has the member's name: under its own one, and under that of a member.
            foreach (string name in (string[])["emqx3@127.91.0.3", second])
            {
                await using ErlangNode stranger = await StartAsync(code, cookie, name, "emqx3");
                (await PingAsync(stranger, first)).ShouldBe("pang", name);
                (await one.EvalAsync("nodes()")).ShouldBe("[]", name);
            }

            // From the address in its certificate it is let in as what it is, and as nobody else.
            string[] fromThere = ["-kernel", "inet_dist_connect_options", "[{ip,{127,91,0,3}}]"];
            await using (ErlangNode stranger = await StartAsync(code, cookie, second, "emqx3", fromThere))
            {
                (await PingAsync(stranger, first)).ShouldBe("pang");
                (await one.EvalAsync("nodes()")).ShouldBe("[]");
            }

            await using (ErlangNode itself = await StartAsync(code, cookie, "emqx3@127.91.0.3", "emqx3", fromThere))
            {
                (await PingAsync(itself, first)).ShouldBe("pong", "which the documentation says");
            }

            await using ErlangNode two = await StartAsync(code, cookie, second, "emqx2", await AllowedAsync("emqx2"));
            (await PingAsync(two, first)).ShouldBe("pong");
            (await two.EvalAsync($"net_kernel:disconnect('{first}')")).ShouldBe("true");
            (await PingAsync(one, second)).ShouldBe("pong", "the other direction");
            (await one.EvalAsync("nodes()")).ShouldBe($"['{second}']");

            // As `emqx ctl` does: another name each time, the certificate of this host.
            await using ErlangNode tool = await StartAsync(code, cookie, "ctl_x7f9@127.91.0.1", "emqx1");
            (await PingAsync(tool, first)).ShouldBe("pong");
        }
        finally
        {
            await one.DisposeAsync();
        }
    }

    private Task<ErlangNode> StartAsync(string code, string cookie, string name, string folder, params string[] more) => ErlangNode.StartAsync(
        _folder, name, cookie, code, new Dictionary<string, string>(), ["-proto_dist", "inet_tls", "-ssl_dist_optfile", _folder[$"{folder}/ssl_dist.conf"], .. more]);

    // The line as harden wrote it.
    private async Task<string[]> AllowedAsync(string name) =>
        (await File.ReadAllLinesAsync(_folder[$"{name}/vm.args"], Cancelled)).Single(static line => line.StartsWith("-s net_kernel ", StringComparison.Ordinal)).Split(' ');

    private static Task<string> PingAsync(ErlangNode node, string name) => node.EvalAsync($"net_adm:ping('{name}')", 20);

    // A node as a package has it, hardened; its cookie.
    private async Task<string> HardenAsync(string name, string address, string? cookie, params string[] also)
    {
        Directory.CreateDirectory(_folder[name]);
        string file = _folder[$"{name}/emqx.conf"];
        await File.WriteAllTextAsync(file, $"node {{\n  name = \"{name}@{address}\"\n  cookie = \"emqxsecretcookie\"\n  data_dir = \"{_folder[name]}/data\"\n}}\n", Cancelled);
        await File.WriteAllTextAsync(_folder[$"{name}/vm.args"], "-heart\n", Cancelled);
        string[] more = also;
        if (cookie is not null)
        {
            await File.WriteAllTextAsync(_folder["cookie"], cookie, Cancelled);
            File.SetUnixFileMode(_folder["cookie"], UnixFileMode.UserRead);
            more = ["--secret-file", _folder["cookie"], .. also];
        }

        ShellResult result = await _daemon.CliAsync(["harden", "emqx", "--file", file, "--product-version", "5.8.6", "--backup", _folder["backups"], "--apply", .. more]);
        File.Delete(_folder["cookie"]);
        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain("1. ");
        string written = await File.ReadAllTextAsync(file, Cancelled);
        written.ShouldContain("proto_dist");
        string made = Cookie().Match(written).Groups[1].Value;
        made.Length.ShouldBe(64);
        result.ToString().ShouldNotContain(made);
        return made;
    }

    private void Copy(string from, string to, Func<string, string> change)
    {
        Directory.CreateDirectory(_folder[to]);
        string text = File.ReadAllText(_folder[$"{from}/ssl_dist.conf"]);
        string changed = change(text);
        (changed == text).ShouldBe(to == "emqx5", "the copy is what the test says");
        File.WriteAllText(_folder[$"{to}/ssl_dist.conf"], changed);
    }

    // The same shape of certificate, and the right name, of a CA of its own.
    private async Task<string> OtherAuthorityAsync(string address)
    {
        ShellResult made = await Shell.BashAsync(
            $"""
            mkdir other && cd other &&
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out gatehouse-ca.crt -subj /CN=Other -days 2 &&
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout gatehouse-erlang.key -out own.csr -subj /CN=other &&
            printf 'subjectAltName=DNS:{address},IP:{address}\nextendedKeyUsage=serverAuth,clientAuth\n' >ext &&
            openssl x509 -req -in own.csr -CA gatehouse-ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out gatehouse-erlang.crt
            """,
            directory: _folder.Path);
        made.ExitCode.ShouldBe(0, made.ToString());
        return _folder["other/gatehouse-erlang"];
    }

    [GeneratedRegex("cookie\\s*=\\s*\"?([A-Za-z0-9]+)\"?", RegexOptions.NonBacktracking)]
    private static partial Regex Cookie();

    [GeneratedRegex("""\{client,\s*\[\{certfile.*?\{cacertfile""", RegexOptions.Singleline)]
    private static partial Regex ClientCertificate();
}
