using Gatehouse.Administration;
using Gatehouse.Engine.Store;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Store;

/// <summary>The contract on SQLite.</summary>
public sealed class StateStoreContractTests : StateStoreContract
{
    [Fact]
    public void The_format_knows_every_member_of_the_cluster_state() =>
        string.Join(' ', typeof(ClusterDocument).GetProperties().Select(static p => p.Name).Order(StringComparer.Ordinal))
            .ShouldBe("ApiKeys AuditPolicy Certificates Mappings Membership Networks Realms Revocations Roles Users", "a new member must be taken into GenerationFormat and LastGenerationCache, or it is lost at the next start");

    private protected override async ValueTask<IStateStore> OpenAsync() => await Fixture.OpenAsync();

    private protected override async Task DamageRuntimeAsync(IStateStore store, string key) =>
        await ((SqliteStateStore)store).Database.RunAsync(c => c.Execute("UPDATE runtime SET value = x'00' WHERE key = $0", key), default);
}
