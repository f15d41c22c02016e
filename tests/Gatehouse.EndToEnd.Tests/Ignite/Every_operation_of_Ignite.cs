using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>Every operation of the thin client through the gate over TLS, by one who may do everything and one who may do nothing.</summary>
[Collection(nameof(GuardedIgnite))]
public sealed class Every_operation_of_Ignite(GuardedIgnite ignite)
{
    private const int Refusal = 983044; // group 15, number 4

    [Fact]
    public async Task Is_allowed_and_refused_as_written_down()
    {
        var world = new SampleWorld(ignite.Node.Tables.Find("ORDERS")!.Id);
        await using ThinClient all = await ignite.ConnectAsync("all");
        await using ThinClient none = await ignite.ConnectAsync("none");
        var lines = new List<string>
        {
            "# OPCODE NAME [RIGHTS] = what comes of it for one who may do everything / for one who may not.",
            "# passed: the node itself was asked, with an id of this connection that it does not know. Written by a test of the stand-in behind the gate.",
        };
        foreach (SampleCall sample in Samples.All(world).Where(s => (all.Mutual & s.Needs) == s.Needs))
        {
            string may = Word(sample.IsAlwaysRefused ? await sample.SendAsync(all, new Prepared()) : await sample.RunAsync(all));
            ignite.Node.Calls.Clear();
            string mayNot = Word(await sample.SendAsync(none, new Prepared(1, Guid.NewGuid())));
            if (mayNot == "refused" && sample.Opcode is not (Op.TablesGet or Op.TablesGetQualified))
            {
                ignite.Node.Calls.All.Select(c => c.Opcode).ShouldNotContain(sample.Opcode, sample.Name);
            }

            if (sample.IsAlwaysRefused)
            {
                (may, mayNot).ShouldBe(("refused", "refused"), sample.Name);
            }
            else if (sample.Rights.Count > 0)
            {
                mayNot.ShouldBe("refused", sample.Name);
            }

            lines.Add($"{(int)sample.Opcode} {sample.Name} [{string.Join(", ", sample.Rights)}] = {may} / {mayNot}");
        }

        ignite.Node.Handshakes.ShouldAllBe(h => h.User == "gate" && !h.Bypassed);
        await GoldenAsync(string.Join('\n', lines) + "\n");
    }

    private static string Word(ThinAnswer answer) => answer.Error switch
    {
        null => "done",
        { Code: Refusal } => "refused",
        _ => "passed",
    };

    private static async Task GoldenAsync(string text)
    {
        string file = Path.Combine(Repository.Root, "docs", "architecture", "ignite-operations.txt");
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(file, text);
        }

        (await File.ReadAllTextAsync(file)).ShouldBe(text, "GATEHOUSE_UPDATE_GOLDEN=1 writes it anew");
    }
}
