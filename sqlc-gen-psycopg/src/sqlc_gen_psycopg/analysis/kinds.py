"""All kinds of nodes of PostgreSQL's parser, and how each is read."""

EXPRESSIONS = frozenset(
    """
    A_ArrayExpr A_Const A_Expr A_Indirection BoolExpr BooleanTest CaseExpr CoalesceExpr
    CollateClause ColumnRef CurrentOfExpr FuncCall GroupingFunc JsonArrayAgg
    JsonArrayConstructor JsonArrayQueryConstructor JsonFuncExpr JsonIsPredicate JsonObjectAgg
    JsonObjectConstructor JsonParseExpr JsonScalarExpr JsonSerializeExpr MergeSupportFunc
    MinMaxExpr NamedArgExpr NullTest ParamRef RowExpr SQLValueFunction SetToDefault SubLink
    TypeCast XmlExpr XmlSerialize
    """.split()  # noqa: SIM905
)
"""Expressions. Each has a method that returns its value."""

SOURCES = frozenset(
    """
    JoinExpr JsonTable RangeFunction RangeSubselect RangeTableFunc RangeTableSample RangeVar
    """.split()  # noqa: SIM905
)
"""Nodes in FROM."""

STATEMENTS = frozenset(
    """
    DeleteStmt ExplainStmt InsertStmt MergeStmt SelectStmt UpdateStmt VariableShowStmt
    """.split()  # noqa: SIM905
)
"""Statements whose rows are analysed."""

WITHOUT_ROWS = frozenset(
    """
    AlterCollationStmt AlterDatabaseRefreshCollStmt AlterDatabaseSetStmt AlterDatabaseStmt
    AlterDefaultPrivilegesStmt AlterDomainStmt AlterEnumStmt AlterEventTrigStmt
    AlterExtensionContentsStmt AlterExtensionStmt AlterFdwStmt AlterForeignServerStmt
    AlterFunctionStmt AlterObjectDependsStmt AlterObjectSchemaStmt AlterOpFamilyStmt
    AlterOperatorStmt AlterOwnerStmt AlterPolicyStmt AlterPublicationStmt AlterRoleSetStmt
    AlterRoleStmt AlterSeqStmt AlterStatsStmt AlterSubscriptionStmt AlterSystemStmt
    AlterTSConfigurationStmt AlterTSDictionaryStmt AlterTableMoveAllStmt
    AlterTableSpaceOptionsStmt AlterTableStmt AlterTypeStmt AlterUserMappingStmt CallStmt
    CheckPointStmt ClosePortalStmt ClusterStmt CommentStmt CompositeTypeStmt ConstraintsSetStmt
    CopyStmt CreateAmStmt CreateCastStmt CreateConversionStmt CreateDomainStmt CreateEnumStmt
    CreateEventTrigStmt CreateExtensionStmt CreateFdwStmt CreateForeignServerStmt
    CreateForeignTableStmt CreateFunctionStmt CreateOpClassStmt CreateOpFamilyStmt
    CreatePLangStmt CreatePolicyStmt CreatePublicationStmt CreateRangeStmt CreateRoleStmt
    CreateSchemaStmt CreateSeqStmt CreateStatsStmt CreateStmt CreateSubscriptionStmt
    CreateTableAsStmt CreateTableSpaceStmt CreateTransformStmt CreateTrigStmt
    CreateUserMappingStmt CreatedbStmt DeallocateStmt DeclareCursorStmt DefineStmt DiscardStmt
    DoStmt DropOwnedStmt DropRoleStmt DropStmt DropSubscriptionStmt DropTableSpaceStmt
    DropUserMappingStmt DropdbStmt ExecuteStmt FetchStmt GrantRoleStmt GrantStmt
    ImportForeignSchemaStmt IndexStmt ListenStmt LoadStmt LockStmt NotifyStmt PLAssignStmt
    PrepareStmt ReassignOwnedStmt RefreshMatViewStmt ReindexStmt RenameStmt ReplicaIdentityStmt
    ReturnStmt RuleStmt SecLabelStmt TransactionStmt TruncateStmt UnlistenStmt VacuumStmt
    VariableSetStmt ViewStmt
    """.split()  # noqa: SIM905
)
"""Other statements. If they return rows, only the server knows them."""

PARTS = frozenset(
    """
    A_Indices A_Star Alias BitString Boolean CTECycleClause CTESearchClause CaseWhen
    CommonTableExpr DefElem Float GroupingSet InferClause Integer IntoClause JsonAggConstructor
    JsonArgument JsonBehavior JsonFormat JsonKeyValue JsonOutput JsonReturning JsonTableColumn
    JsonTablePathSpec JsonValueExpr List LockingClause MergeWhenClause MultiAssignRef
    OnConflictClause RangeTableFuncCol RawStmt ResTarget SortBy String TypeName WindowDef
    WithClause
    """.split()  # noqa: SIM905
)
"""Parts of the kinds above, which are read together with them."""

DEFINITIONS = frozenset(
    """
    AccessPriv AlterTableCmd ColumnDef Constraint CreateOpClassItem FunctionParameter IndexElem
    ObjectWithArgs PartitionBoundSpec PartitionCmd PartitionElem PartitionRangeDatum
    PartitionSpec PublicationObjSpec PublicationTable RoleSpec SinglePartitionSpec StatsElem
    TableLikeClause TriggerTransition VacuumRelation
    """.split()  # noqa: SIM905
)
"""Parts of statements that change the schema."""

ANALYSED = frozenset(
    """
    Aggref AlternativeSubPlan ArrayCoerceExpr ArrayExpr CallContext CaseTestExpr CoerceToDomain
    CoerceToDomainValue CoerceViaIO CollateExpr ConvertRowtypeExpr DistinctExpr FieldSelect
    FieldStore FromExpr FuncExpr InferenceElem InlineCodeBlock IntList JsonConstructorExpr
    JsonExpr JsonTablePath JsonTablePathScan JsonTableSiblingJoin MergeAction NextValueExpr
    NullIfExpr OidList OnConflictExpr OpExpr Param Query RTEPermissionInfo RangeTblEntry
    RangeTblFunction RangeTblRef RelabelType RowCompareExpr RowMarkClause ScalarArrayOpExpr
    SetOperationStmt SortGroupClause SubPlan SubscriptingRef TableFunc TableSampleClause
    TargetEntry Var WindowClause WindowFunc WindowFuncRunCondition WithCheckOption
    """.split()  # noqa: SIM905
)
"""Nodes that PostgreSQL creates during its own analysis. No parsed statement contains them."""
