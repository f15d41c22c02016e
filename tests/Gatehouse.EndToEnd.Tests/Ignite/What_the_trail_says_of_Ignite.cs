using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>Records, and what the commands make of them.</summary>
[Collection(nameof(IgniteGates))]
public sealed class What_the_trail_says_of_Ignite(IgniteGates gates)
{
    [Fact]
    public async Task Operations_have_a_call_a_statement_without_values_and_what_came_of_them()
    {
        const string Secret = "a-value-that-nobody-may-see";
        await using ThinClient client = await gates.ConnectAsync("faulty", "orders");
        await client.UpsertAsync(gates.Orders, Secret, Secret);
        await client.SqlAsync(new SqlCall($"SELECT * FROM ORDERS WHERE NAME = '{Secret}' AND ID = 918273645") { Args = [Secret] });
        await Should.ThrowAsync<ThinRefusedException>(() => client.SqlAsync($"SELECT '{Secret}' FROM SALARIES"));
        await Should.ThrowAsync<ThinRefusedException>(() => client.SqlAsync($"SELECT '{Secret} FROM"));
        gates.Faulty.Faults.Plan(Op.TupleDelete, new NodeFault(NodeFaultKind.Error, Code: 196_618));
        await Should.ThrowAsync<ThinRefusedException>(() => client.DeleteAsync(gates.Orders, Secret));

        JsonElement select = await gates.RecordAsync(static r => r.Contains("NAME =", StringComparison.Ordinal));
        select.GetRawText().ShouldContain("PUBLIC.ORDERS");
        select.GetRawText().ShouldContain("sql.read");
        JsonElement refused = await gates.RecordAsync(static r => r.Contains("PUBLIC.SALARIES", StringComparison.Ordinal) && r.Contains("no_grant", StringComparison.Ordinal));
        refused.GetRawText().ShouldContain("receipt");
        (await gates.RecordAsync(static r => r.Contains("196618", StringComparison.Ordinal))).GetRawText().ShouldContain("failure");
        foreach (string file in Directory.EnumerateFiles(gates.Daemon.Data, "*", SearchOption.AllDirectories).Where(static f => Path.GetExtension(f) is not (".lock" or ".sock")))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes, TestContext.Current.CancellationToken);
            string text = Encoding.Latin1.GetString(bytes.ToArray());
            foreach (string never in (string[])[Secret, "918273645", IgniteGates.Password, "the-gates-own-secret"])
            {
                text.ShouldNotContain(never, Case.Sensitive, file);
            }
        }
    }

    [Fact]
    public async Task Receipts_are_explained_and_rights_looked_up()
    {
        await using ThinClient client = await gates.ConnectAsync("main", "orders");
        ThinError error = (await Should.ThrowAsync<ThinRefusedException>(() => client.ExecuteAsync("org.example.Job", "unit:1.0.0"))).Error;

        ShellResult explained = await gates.Daemon.CliAsync(["explain", error.Message![(error.Message!.LastIndexOf(' ') + 1)..]]);
        explained.Output.ShouldContain("org.example.Job", Case.Sensitive, explained.ToString());
        explained.Output.ShouldContain("compute.execute");
        await CanAsync(0, "table.write", "PUBLIC.ORDERS");
        await CanAsync(0, "meta.read", "PUBLIC.ORDERS");
        await CanAsync(1, "table.write", "PUBLIC.SALARIES");
        await CanAsync(1, "compute.execute", "org.example.Job");
        (await WhoAsync("table.write", "PUBLIC.ORDERS")).ShouldContain("orders");
        (await WhoAsync("compute.execute", "org.example.Job")).ShouldNotContain("orders");
        ShellResult tested = await gates.Daemon.CliAsync(["gate", "test", "main"]);
        tested.ExitCode.ShouldBe(0, tested.ToString());
        tested.Output.ShouldContain("upstream", Case.Sensitive, tested.ToString());
    }

    private async Task CanAsync(int code, string action, string resource)
    {
        ShellResult result = await gates.Daemon.CliAsync(["can-i", "--user", "orders", "ignite", action, resource]);
        result.ExitCode.ShouldBe(code, result.ToString());
    }

    private async Task<string> WhoAsync(string action, string resource)
    {
        ShellResult result = await gates.Daemon.CliAsync(["who-can", $"ignite:{action}:{resource}"]);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }
}
